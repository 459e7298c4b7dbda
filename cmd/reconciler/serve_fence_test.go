package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/schema"
)

var lost = roles.Fenced{Cluster: "mft", Peer: "1001", Address: "10.0.0.1", Role: "scheduler"}

func fencer(t *testing.T, environ map[string]string) switcher {
	getenv := func(name string) (string, bool) {
		value, is := environ[name]
		return value, is
	}
	return switcher{app: &app{process: process{getenv: getenv}, dir: t.TempDir()}}
}

func TestFenceRuns(t *testing.T) {
	t.Parallel()
	s := fencer(t, map[string]string{"PATH": os.Getenv("PATH"), "SECRET": "canary"})
	hook := schema.Hook{Run: []string{"sh", "-c", "env >said"}}
	if err := s.fence(t.Context(), hook, lost); err != nil {
		t.Fatal(err)
	}
	said, err := os.ReadFile(filepath.Join(s.app.dir, "said"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"EVENT=fence", "CLUSTER=mft", "PEER=1001", "ADDRESS=10.0.0.1", "ROLE=scheduler"} {
		if !strings.Contains(string(said), want+"\n") {
			t.Errorf("no %s in %q", want, said)
		}
	}
	if strings.Contains(string(said), "canary") {
		t.Errorf("it sees secrets: %q", said)
	}
}

func TestFenceFails(t *testing.T) {
	t.Parallel()
	s := fencer(t, map[string]string{"PATH": os.Getenv("PATH")})
	for name, test := range map[string]struct {
		hook schema.Hook
		want string
	}{
		"the command fails":  {schema.Hook{Run: []string{"sh", "-c", "echo no such outlet; exit 3"}}, "sh: exit status 3: no such outlet"},
		"there is none":      {schema.Hook{Run: []string{"no-such-command"}}, "no-such-command: "},
		"it takes too long":  {schema.Hook{Run: []string{"sleep", "60"}, Timeout: "10ms"}, "it did not end within 10ms"},
		"an unknown secret":  {schema.Hook{URL: "env:NOWHERE"}, "secret env:NOWHERE is not set"},
		"a time that is not": {schema.Hook{Timeout: "soon"}, "soon"},
	} {
		if err := s.fence(t.Context(), test.hook, lost); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestFenceCalls(t *testing.T) {
	t.Parallel()
	code := http.StatusNoContent
	var got map[string]string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		w.WriteHeader(code)
	}))
	s := fencer(t, map[string]string{"FENCE": server.URL + "/canary"})
	hook := schema.Hook{URL: "env:FENCE"}
	if err := s.fence(t.Context(), hook, lost); err != nil || got["event"] != "fence" || got["peer"] != "1001" || got["role"] != "scheduler" {
		t.Errorf("%v, %v", got, err)
	}
	code = http.StatusForbidden
	if err := s.fence(t.Context(), hook, lost); err == nil || err.Error() != "403 Forbidden" {
		t.Errorf("refused: %v", err)
	}
	server.Close()
	if err := s.fence(t.Context(), hook, lost); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("gone: %v", err)
	}
}
