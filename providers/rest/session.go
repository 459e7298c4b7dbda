package rest

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

const signIn = "sign in"

// session is how a client is signed in. Only a login has anything to remember.
type session struct {
	client      *Client
	credentials Credentials

	turn    chan struct{} // holds one during a login, which serves all who wait for it; guards what follows
	token   schema.Secret
	since   time.Time // when the token was given out
	refused error     // what the last login met: one more with the same password could lock the account
}

// signature is what a request proves with who sends it: a header. The zero value is none.
type signature struct {
	header, prefix string
	credential     schema.Secret
}

// sign returns the signature of a request. refused is one that the peer no longer takes, or none: another
// token is then fetched, unless another request has done so.
func (s *session) sign(ctx context.Context, refused signature) (signature, error) {
	auth := s.client.definition.api.Auth
	switch {
	case auth == nil:
		return signature{}, nil
	case auth.Type == "basic":
		return s.basic(), nil
	case auth.Type != "login":
		return auth.signature(s.credentials.Token), nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return signature{}, failure(signIn, schema.Unreachable, ctx.Err())
	}
	if refused.credential.Reveal() == s.token.Reveal() || s.old() {
		s.token = schema.Secret{}
	}
	return s.current(ctx)
}

func (s *session) basic() signature {
	pair := s.credentials.User + ":" + s.credentials.Password.Reveal()
	return signature{"Authorization", "Basic ", schema.NewSecret(base64.StdEncoding.EncodeToString([]byte(pair)), nil)}
}

// signature puts a token where the peer looks for it.
func (a *auth) signature(token schema.Secret) signature {
	s := signature{header: cmp.Or(a.Header, "Authorization"), credential: token}
	switch {
	case a.Prefix != nil:
		s.prefix = *a.Prefix
	case a.Type != "header":
		s.prefix = "Bearer "
	}
	return s
}

// old tells whether the token's time is over. Where nobody told us the time, the peer says so.
func (s *session) old() bool {
	lifetime, clock := s.client.definition.api.Auth.lifetime, s.client.options.Clock
	return lifetime > 0 && clock != nil && clock().Sub(s.since) >= lifetime
}

// over tells whether an answer means that signing in again can help.
func (s *session) over(status int) bool {
	auth := s.client.definition.api.Auth
	if auth == nil || auth.Type != "login" {
		return false
	}
	return slices.Contains(auth.Expired, status) || len(auth.Expired) == 0 && status == http.StatusUnauthorized
}

// current returns the token there is, or that of a new login. It is its caller's turn.
func (s *session) current(ctx context.Context) (signature, error) {
	if s.token.Reveal() == "" && s.refused == nil {
		token, err := s.login(ctx)
		if schema.CauseOf(err) == schema.Unauthorised {
			s.refused = err
		}
		if err != nil {
			return signature{}, err
		}
		s.token = schema.NewSecret(token, nil)
		if clock := s.client.options.Clock; clock != nil {
			s.since = clock()
		}
	}
	return s.client.definition.api.Auth.signature(s.token), s.refused
}

func (s *session) login(ctx context.Context) (string, error) {
	auth := s.client.definition.api.Auth
	if s.credentials.User == "" {
		return "", failure(signIn, schema.Unauthorised, errors.New("the peer has no credentials: give it a user and a password"))
	}
	a, err := s.client.send(ctx, s.application())
	if err != nil {
		return "", err
	}
	token, _ := schema.Lookup(a.body, auth.Token)
	text, ok := token.(string)
	if !ok || text == "" {
		return "", failure(signIn, schema.Garbled, errors.New("its answer holds no token at "+auth.Token))
	}
	return text, nil
}

// application is the request for a token.
func (s *session) application() request {
	auth := s.client.definition.api.Auth
	r := request{op: signIn, method: http.MethodGet, path: auth.Path}
	switch {
	case auth.Form != nil:
		r.method, r.body, r.terms.Form = http.MethodPost, s.fill(auth.Form), true
	case auth.JSON != nil:
		r.method, r.body = http.MethodPost, s.fill(auth.JSON)
	default:
		r.signature = s.basic()
	}
	return r
}

// fill puts the credentials into the fields that stand for them.
func (s *session) fill(fields map[string]string) map[string]any {
	filled := make(map[string]any, len(fields))
	for name, text := range fields {
		switch text {
		case "{user}":
			filled[name] = s.credentials.User
		case "{password}":
			filled[name] = s.credentials.Password
		default:
			filled[name] = text
		}
	}
	return filled
}
