package rest

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"sync"

	"github.com/gitops-reconciler/reconciler/schema"
)

// session is how a client is signed in. Only a login has anything to remember.
type session struct {
	client      *Client
	credentials Credentials

	mu    sync.Mutex // held during a login, so that one serves all who wait for it
	token string
}

// sign returns what the Authorization header of a request is to be; "" for none.
func (s *session) sign(ctx context.Context) (string, error) {
	auth := s.client.definition.api.Auth
	switch {
	case auth == nil:
		return "", nil
	case auth.Type == "basic":
		return s.basic(), nil
	case auth.Type == "bearer":
		return bearer(s.credentials.Token.Reveal()), nil
	default:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.login(ctx)
	}
}

func (s *session) basic() string {
	pair := s.credentials.User + ":" + s.credentials.Password.Reveal()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
}

func bearer(token string) string {
	if token == "" {
		return ""
	}
	return "Bearer " + token
}

// renewable tells whether signing in again can help.
func (s *session) renewable() bool {
	auth := s.client.definition.api.Auth
	return auth != nil && auth.Type == "login"
}

// renew signs in again, unless another request has done so since the refused one was signed.
func (s *session) renew(ctx context.Context, refused string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if refused == bearer(s.token) {
		s.token = ""
	}
	return s.login(ctx)
}

// login returns the token there is, or fetches one. The caller holds s.mu.
func (s *session) login(ctx context.Context) (string, error) {
	if s.token != "" {
		return bearer(s.token), nil
	}
	auth := s.client.definition.api.Auth
	const op = "sign in"
	if s.credentials.User == "" {
		return "", failure(op, schema.Unauthorised, errors.New("the peer has no credentials: give it a user and a password"))
	}
	a, err := s.client.send(ctx, request{op: op, method: http.MethodGet, path: auth.Path}, s.basic())
	if err != nil {
		return "", err
	}
	token, _ := schema.Lookup(a.body, auth.Token)
	text, ok := token.(string)
	if !ok || text == "" {
		return "", failure(op, schema.Garbled, errors.New("its answer holds no token at "+auth.Token))
	}
	s.token = text
	return bearer(text), nil
}
