package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/loop"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/schema"
)

// still is a cluster that never changes, with a peer that was written to and one that is away.
type still struct{ looks error }

func (s still) Latest(context.Context, string) (loop.Desired, error) {
	return loop.Desired{Target: reconcile.Target{Cluster: &schema.Cluster{Name: "mft"}, Revision: "a"}}, s.looks
}

func (still) Round(context.Context, loop.Desired) (reconcile.Report, error) {
	return reconcile.Report{Peers: []reconcile.PeerReport{
		{Serial: "1001", InSync: 7, Results: []reconcile.Result{{Status: reconcile.Applied}}},
		{Serial: "1002", Problem: "no answer in time"},
	}}, nil
}

// TestDoors asks a loop from outside, before its first round and after it.
func TestDoors(t *testing.T) {
	t.Parallel()
	rounded := make(chan struct{}, 1)
	clock := func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	l := loop.New(still{}, still{}, loop.Options{Poll: time.Hour, Round: time.Hour, Clock: clock, Events: func(e loop.Event) {
		if e.Kind == loop.Rounded {
			rounded <- struct{}{}
		}
	}})
	d := doors{loop: l, roles: roles.New(roles.Options{}), unrecorded: func() bool { return false }}
	server := httptest.NewServer(d.outside())
	defer server.Close()

	is(t, server, "/livez", http.StatusOK, "ok\n")
	is(t, server, "/readyz", http.StatusServiceUnavailable, "not ready: no revision is in force yet\n")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		l.Run(ctx)
		close(ended)
	}()
	<-rounded
	is(t, server, "/readyz", http.StatusOK, "ok\n")
	is(t, server, "/v1/state", http.StatusNotFound, "404 page not found\n")
	text := get(t, server, "/metrics", http.StatusOK)
	for _, want := range []string{
		`reconciler_ready{cluster="mft"} 1`,
		`reconciler_revision_info{cluster="mft",revision="a"} 1`,
		`reconciler_source_looked_timestamp_seconds{cluster="mft"} 1.767323045e+09`,
		`reconciler_peer_problem{cluster="mft",peer="1002"} 1`,
		`reconciler_peer_items_in_sync{cluster="mft",peer="1001"} 7`,
		`reconciler_roles_term{cluster="mft"} 0`,
		`reconciler_peer_changes{cluster="mft",peer="1001",status="applied"} 1`,
	} {
		if !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("no %s in:\n%s", want, text)
		}
	}
	stop()
	<-ended
}

func is(t *testing.T, server *httptest.Server, path string, code int, want string) {
	t.Helper()
	if got := get(t, server, path, code); got != want {
		t.Errorf("%s: %q, want %q", path, got, want)
	}
}

func get(t *testing.T, server *httptest.Server, path string, code int) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != code {
		t.Errorf("%s: %s, %v; want %d", path, response.Status, err, code)
	}
	return string(text)
}
