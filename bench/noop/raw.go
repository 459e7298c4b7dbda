//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"golang.org/x/sync/errgroup"
)

// rawList is the floor: it signs in at every server at once, lists the users page by page and decodes
// them. It compares nothing, remembers nothing and reads no configuration.
func rawList(ctx context.Context, addresses []string) error {
	var group errgroup.Group
	for _, address := range addresses {
		group.Go(func() error { return listOne(ctx, address) })
	}
	return group.Wait()
}

func listOne(ctx context.Context, address string) error {
	var token struct {
		AccessToken string `json:"access_token"`
	}
	err := get(ctx, address+"/api/v2/token", &token, func(r *http.Request) { r.SetBasicAuth("admin", password) })
	for offset := 0; err == nil; {
		var page []map[string]any
		err = get(ctx, fmt.Sprintf("%s/api/v2/users?limit=500&offset=%d", address, offset), &page, func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer "+token.AccessToken)
		})
		if len(page) == 0 {
			break
		}
		offset += len(page)
	}
	return err
}

func get(ctx context.Context, url string, into any, sign func(*http.Request)) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	sign(request)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
