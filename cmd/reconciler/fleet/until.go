package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Until waits for something that can be seen. It is an error if looking is, or if ctx ends before.
func Until(ctx context.Context, what string, seen func() (bool, error)) error {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		if ok, err := seen(); ok || err != nil {
			return err
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("it never came about that %s: %w", what, context.Cause(ctx))
		}
	}
}

// Said tells whether a log has something by now.
func Said(log, pattern string) (bool, error) {
	text, err := os.ReadFile(log)
	if err != nil {
		return false, err
	}
	return regexp.Match(pattern, text)
}

// Roles is how the controller says that things stand; nothing while it does not answer.
func (f *Fleet) Roles(ctx context.Context) (s roles.Status) {
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(f.Dir, "state", "serve.sock"))
	}}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://serve/v1/roles", nil)
	if err != nil {
		return s
	}
	answer, err := client.Do(request)
	if err != nil {
		return s
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	if json.NewDecoder(answer.Body).Decode(&s) != nil {
		return roles.Status{}
	}
	return s
}

// Well is the one place of the one role, once all peers are LIVE and it runs at its holder.
func Well(s roles.Status) (roles.PlaceStatus, bool) {
	for _, p := range s.Peers {
		if p.Verdict != health.Live {
			return roles.PlaceStatus{}, false
		}
	}
	if len(s.Roles) == 0 {
		return roles.PlaceStatus{}, false
	}
	place := s.Roles[0].Places[0]
	return place, place.State == schema.Active && place.Moves == ""
}
