package rest

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"

	"github.com/gitops-reconciler/reconciler/schema"
)

const signIn = "sign in"

// session is how a client is signed in. Only a login has anything to remember.
type session struct {
	client      *Client
	credentials Credentials

	turn    chan struct{} // holds one during a login, which serves all who wait for it; guards what follows
	token   schema.Secret
	refused error // what the last login met: one more with the same password could lock the account
}

// sign returns what the Authorization header of a request is to be; "" for none. refused is one that
// the peer no longer takes, or "": another token is then fetched, unless another request has done so.
func (s *session) sign(ctx context.Context, refused string) (string, error) {
	auth := s.client.definition.api.Auth
	switch {
	case auth == nil:
		return "", nil
	case auth.Type == "basic":
		return s.basic(), nil
	case auth.Type == "bearer":
		return bearer(s.credentials.Token), nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return "", failure(signIn, schema.Unreachable, ctx.Err())
	}
	if refused == bearer(s.token) {
		s.token = schema.Secret{}
	}
	return s.current(ctx)
}

func (s *session) basic() string {
	pair := s.credentials.User + ":" + s.credentials.Password.Reveal()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
}

func bearer(token schema.Secret) string {
	if token.Reveal() == "" {
		return ""
	}
	return "Bearer " + token.Reveal()
}

// renewable tells whether signing in again can help.
func (s *session) renewable() bool {
	auth := s.client.definition.api.Auth
	return auth != nil && auth.Type == "login"
}

// current returns the token there is, or that of a new login. It is its caller's turn.
func (s *session) current(ctx context.Context) (string, error) {
	if s.token.Reveal() != "" || s.refused != nil {
		return bearer(s.token), s.refused
	}
	token, err := s.login(ctx)
	if schema.CauseOf(err) == schema.Unauthorised {
		s.refused = err
	}
	s.token = schema.NewSecret(token, nil)
	return bearer(s.token), err
}

func (s *session) login(ctx context.Context) (string, error) {
	auth := s.client.definition.api.Auth
	if s.credentials.User == "" {
		return "", failure(signIn, schema.Unauthorised, errors.New("the peer has no credentials: give it a user and a password"))
	}
	a, err := s.client.send(ctx, request{op: signIn, method: http.MethodGet, path: auth.Path, authorization: s.basic()})
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
