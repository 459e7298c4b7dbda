package rest

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestSecretsAreListedBeside: the list that shows secrets is asked for while the other one is still coming in, and
// what is in only one of them is no item more, and none less.
func TestSecretsAreListedBeside(t *testing.T) {
	t.Parallel()
	both := make(chan struct{})
	p := &peer{}
	server := newPeer(t, setup{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/dump" {
			close(both)
			say(200, `{"things": [{"name": "a", "s": "sesame"}, {"name": "gone", "s": "s"}]}`)(w, r)
			return
		}
		select {
		case <-both:
			say(200, `[{"name": "a"}, {"name": "new"}]`)(w, r)
		case <-r.Context().Done(): // one after the other: it waits for ever
		}
	}).server
	d, err := Parse(schema.Provider{Name: "product", Path: "/api", API: json.RawMessage(`{"inFlight": 2}`), Kinds: map[string]schema.Kind{
		"list": {Secrets: []string{"/s"}, Exact: []string{"/s"}, API: json.RawMessage(`{"key": "/name",
			"list": {"path": "/list", "secrets": {"path": "/dump", "items": "/things"}}}`)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	p.Client = connect(t, d, server.URL, setup{options: Options{Timeout: 10 * time.Second}})
	items, err := p.listed(t)
	if err != nil || len(items) != 2 || len(items["new"]) > 1 {
		t.Fatalf("got %v, %v", items, err)
	}
	if secret, _ := items["a"]["s"].(schema.Secret); secret.Reveal() != "sesame" {
		t.Errorf("got %v", items["a"])
	}
}
