package rest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// kinds of a product that does not exist: a thing is its own body and is made by POST, a box has its body
// below /body and is made by PUT.
const (
	thing = `{"list": {"path": "/things"}, "key": "/name",
		"read": {"path": "/things/{id}"}, "create": {"method": "POST", "path": "/things"},
		"update": {"method": "PUT", "path": "/things/{id}", "base": "observed"}, "delete": {"path": "/things/{id}"}}`
	box = `{"list": {"path": "/boxes", "items": "/items"}, "key": "/id", "body": "/body",
		"read": {"path": "/boxes/{id}"}, "create": {"method": "PUT", "path": "/boxes/{id}"},
		"update": {"method": "PUT", "path": "/boxes/{id}", "base": "authored"}, "delete": {"path": "/boxes/{id}"}}`
)

// setup is what a test wants of its peer. Zero is a peer without authentication, a client that repeats
// without waiting.
type setup struct {
	api         string // JSON
	list        string // JSON; of the kind "list", which has nothing else
	credentials Credentials
	options     Options
}

// peer is a server, a client that speaks to it, and what was asked.
type peer struct {
	*Client
	server *httptest.Server

	mu    sync.Mutex
	asked []string // "METHOD /escaped/path"
}

func newPeer(t *testing.T, s setup, handler http.HandlerFunc) *peer {
	t.Helper()
	p := &peer{}
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked = append(p.asked, r.Method+" "+r.URL.EscapedPath())
		p.mu.Unlock()
		handler(w, r)
	}))
	p.server.Start()
	t.Cleanup(p.server.Close)
	p.Client = connect(t, define(t, s), p.server.URL, s)
	return p
}

func connect(t testing.TB, d *Definition, address string, s setup) *Client {
	t.Helper()
	if s.options.Wait == 0 {
		s.options.Wait = time.Nanosecond
	}
	client, err := d.Open(address, s.credentials, s.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func define(t *testing.T, s setup) *Definition {
	t.Helper()
	if s.api == "" {
		s.api = `{"inFlight": 4, "error": "/error"}`
	}
	if s.list == "" {
		s.list = `{"path": "/list"}`
	}
	d, err := Parse(schema.Provider{Name: "product", Path: "/api", API: json.RawMessage(s.api), Kinds: map[string]schema.Kind{
		"thing": {API: json.RawMessage(thing), Atomic: []string{"/rights"}},
		"box":   {API: json.RawMessage(box)},
		"list":  {API: json.RawMessage(`{"key": "/name", "list": ` + s.list + `}`)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// count returns how many requests begin with the prefix.
func (p *peer) count(prefix string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked) - len(slices.DeleteFunc(slices.Clone(p.asked), func(a string) bool { return strings.HasPrefix(a, prefix) }))
}

func (p *peer) read(t *testing.T) error {
	t.Helper()
	_, err := p.Read(t.Context(), schema.Key{Kind: "thing", ID: "a"})
	return err
}

// write makes a change of the item "a".
func (p *peer) write(t *testing.T, action plan.Action, kind string, body schema.Body) error {
	t.Helper()
	return p.Write(t.Context(), plan.Change{Key: schema.Key{Kind: kind, ID: "a"}, Action: action, Body: body}, schema.Body{})
}

// listed returns the ids of the kind "list".
func (p *peer) listed(t *testing.T) (map[string]schema.Body, error) {
	t.Helper()
	observation, err := p.Observe(t.Context(), []string{"list"})
	if err != nil {
		t.Fatal(err)
	}
	listing := observation.Kinds["list"]
	if listing.Err != nil && listing.Items != nil {
		t.Errorf("%d items beside the error %v", len(listing.Items), listing.Err)
	}
	return listing.Items, listing.Err
}

// say answers every request alike.
func say(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// inTurn answers the first request by the first handler, and all from the last one on by the last.
func inTurn(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		handler := handlers[0]
		handlers = handlers[min(1, len(handlers)-1):]
		mu.Unlock()
		handler(w, r)
	}
}

// hang answers nothing.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// failed checks an error's cause and that its text has all of the words.
func failed(t *testing.T, err error, cause schema.Cause, words ...string) {
	t.Helper()
	if schema.CauseOf(err) != cause {
		t.Errorf("got %v, want it to be %s", err, cause)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("got %q, want it to say %q", err, word)
		}
	}
}
