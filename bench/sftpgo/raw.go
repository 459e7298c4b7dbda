//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"golang.org/x/sync/errgroup"
)

// inFlight is as many requests to a server at a time as our program sends.
const inFlight = 8

// rawClient is the floor: it signs in at every server at once, and lists or writes the users. It compares
// nothing, remembers nothing, reads nothing back and reads no configuration.
func rawClient(ctx context.Context, what string, users, every int, addresses []string) error {
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = inFlight
	var group errgroup.Group
	for _, address := range addresses {
		group.Go(func() error {
			b, err := signIn(ctx, address)
			switch {
			case err != nil:
				return err
			case what == "list":
				return b.list(ctx)
			default:
				return b.write(ctx, what, users, every)
			}
		})
	}
	return group.Wait()
}

// bare is a bare client that has signed in.
type bare struct{ address, token string }

func signIn(ctx context.Context, address string) (bare, error) {
	var token struct {
		AccessToken string `json:"access_token"`
	}
	err := call(ctx, http.MethodGet, address+"/api/v2/token", nil, &token, func(r *http.Request) { r.SetBasicAuth("admin", password) })
	return bare{address, token.AccessToken}, err
}

func (b bare) call(ctx context.Context, method, path string, body, into any) error {
	return call(ctx, method, b.address+"/api/v2"+path, body, into, func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+b.token)
	})
}

func (b bare) list(ctx context.Context) error {
	for offset := 0; ; {
		var page []map[string]any
		if err := b.call(ctx, http.MethodGet, fmt.Sprintf("/users?limit=500&offset=%d", offset), nil, &page); err != nil || len(page) == 0 {
			return err
		}
		offset += len(page)
	}
}

func (b bare) write(ctx context.Context, what string, users, every int) error {
	method, known := map[string]string{"create": http.MethodPost, "update": http.MethodPut, "delete": http.MethodDelete}[what]
	if !known {
		return fmt.Errorf("raw %s: want list, create, update or delete", what)
	}
	var group errgroup.Group
	group.SetLimit(inFlight)
	for i := 0; i < users; i += every {
		group.Go(func() error {
			body := user(i, 0, "")
			body["password"] = os.Getenv("USER_PASSWORD")
			path := "/users/" + body["username"].(string)
			switch what {
			case "create":
				return b.call(ctx, method, "/users", body, nil)
			case "delete":
				return b.call(ctx, method, path, nil, nil)
			}
			body["description"] = "raw"
			return b.call(ctx, method, path, body, nil)
		})
	}
	return group.Wait()
}

func call(ctx context.Context, method, url string, body, into any, sign func(*http.Request)) (err error) {
	var sent io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, url, sent)
	if err != nil {
		return err
	}
	sign(request)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, url, response.Status)
	}
	if into == nil {
		_, err = io.Copy(io.Discard, response.Body)
		return err
	}
	return json.NewDecoder(response.Body).Decode(into)
}
