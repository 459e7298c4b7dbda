package testserver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

const apiPrefix = "/api/v2"

// newClient makes a client that keeps no connection: none outlives a call, so that a
// test may look for leaked goroutines.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

// Token logs in as the admin and returns a new access token: good for 20 minutes, for
// this address, and until the server is restarted. It returns an error when the server
// does not answer or refuses.
func (s *Server) Token(ctx context.Context) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+apiPrefix+"/token", nil)
	if err != nil {
		return "", fmt.Errorf("log in: %w", err)
	}
	request.SetBasicAuth(s.options.AdminUser, s.options.AdminPassword)
	status, body, err := s.exchange(request)
	if err != nil {
		return "", fmt.Errorf("log in: %w", err)
	}
	if status != http.StatusOK {
		return "", fmt.Errorf("log in: status %d: %.200s", status, body)
	}
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", fmt.Errorf("log in: %w", err)
	}
	return answer.Token, nil
}

// Do calls the API as the admin, so that a test can change what the reconciler manages
// behind its back. path is relative to /api/v2, escaped, and may carry a query. body,
// unless nil, is sent as JSON; out, unless nil, is filled from the answer whatever its
// status (a *json.RawMessage takes it as it is).
//
// A status is no error, whichever it is. An error means that there was no answer (status
// 0), or none that out can hold.
func (s *Server) Do(ctx context.Context, method, path string, body, out any) (status int, err error) {
	status, err = s.do(ctx, method, path, body, out)
	if err != nil {
		return status, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return status, nil
}

func (s *Server) do(ctx context.Context, method, path string, body, out any) (int, error) {
	payload, err := encode(body)
	if err != nil {
		return 0, err
	}
	status, answer, err := s.call(ctx, method, path, payload)
	if err == nil && status == http.StatusUnauthorized {
		// The token has expired, or died with the server that gave it.
		s.forget()
		status, answer, err = s.call(ctx, method, path, payload)
	}
	if err != nil || out == nil {
		return status, err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return status, fmt.Errorf("status %d, answer %.200q: %w", status, answer, err)
	}
	return status, nil
}

func encode(body any) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	return json.Marshal(body)
}

func (s *Server) call(ctx context.Context, method, path string, payload []byte) (int, []byte, error) {
	token, err := s.currentToken(ctx)
	if err != nil {
		return 0, nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, s.URL()+apiPrefix+path, bytes.NewReader(payload))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	return s.exchange(request)
}

func (s *Server) exchange(request *http.Request) (status int, body []byte, err error) {
	response, err := s.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err = io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, err
	}
	return response.StatusCode, body, nil
}

func (s *Server) currentToken(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != "" {
		return s.token, nil
	}
	token, err := s.Token(ctx)
	s.token = token
	return token, err
}

func (s *Server) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = ""
}
