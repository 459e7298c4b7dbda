package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

const healthy = `{"inFlight": 1, "error": "/error", "auth": {"type": "login", "path": "/token", "token": "/access/token"},
	"health": {"live": {"path": "/healthz", "root": true, "contains": "ok"}, "deep": {"path": "/status?limit=1", "ok": [200]}}}`

func TestHealth(t *testing.T) {
	s := signedIn()
	s.api = healthy
	o := new(office)
	p := newPeer(t, s, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			if r.Header.Get("Authorization") != "" {
				t.Error("a live probe is signed in")
			}
			say(200, "it is ok\n")(w, r)
			return
		}
		if r.URL.Path == "/api/status" && r.URL.RawQuery != "limit=1" {
			t.Errorf("asked for ?%s", r.URL.RawQuery)
		}
		o.ServeHTTP(w, r)
	})
	for range 2 {
		if err := p.Health(t.Context(), false); err != nil {
			t.Error(err)
		}
	}
	if got := p.count(""); got != 2 || p.count("GET /healthz") != 2 {
		t.Errorf("asked %s", p.asked)
	}
	for range 2 {
		if err := p.Health(t.Context(), true); err != nil {
			t.Error(err)
		}
	}
	if logins, deep := p.count("GET /api/token"), p.count("GET /api/status"); logins != 1 || deep != 2 {
		t.Errorf("asked %s", p.asked)
	}
}

// TestTransportsShareNoConfiguration: each writes into its own at its first request, and first requests come at once.
func TestTransportsShareNoConfiguration(t *testing.T) {
	p := newPeer(t, setup{}, say(200, "ok"))
	of := map[*tls.Config]bool{}
	for _, client := range []*http.Client{p.http.HTTPClient, p.probes, p.leases} {
		of[client.Transport.(*http.Transport).TLSClientConfig] = true
	}
	if len(of) != 3 {
		t.Errorf("there are %d, want one each", len(of))
	}
}

// TestHealthIsAskedOnce: a probe that tries again tells nothing about now, and what it hears is its caller's.
func TestHealthIsAskedOnce(t *testing.T) {
	elsewhere := newPeer(t, setup{}, say(200, "ok"))
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		cause   schema.Cause
		words   string
	}{
		"busy":       {say(503, `{"error": "starting"}`), schema.Busy, "503 Service Unavailable: starting"},
		"rate limit": {say(429, ""), schema.Busy, "429"},
		"403":        {say(403, ""), schema.Unauthorised, "403"},
		"500":        {say(500, ""), schema.Garbled, "500"},
		"reset":      {reset, schema.Unreachable, "connection reset"},
		"other word": {say(200, "degraded"), schema.Garbled, `does not say "ok": degraded`},
		"empty":      {say(200, ""), schema.Garbled, `does not say "ok": (it gives no reason)`},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.server.URL, http.StatusFound)
		}, schema.Garbled, "redirects are not followed"},
		"endless": {func(w http.ResponseWriter, r *http.Request) { endless(w, r) }, schema.Garbled, "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, setup{api: healthy, options: Options{Wait: time.Minute, MaxBytes: 4096}}, test.handler)
			failed(t, p.Health(t.Context(), false), test.cause, "check health", test.words)
			if got := p.count(""); got != 1 {
				t.Errorf("asked %d times", got)
			}
		})
	}
	if got := elsewhere.count(""); got != 0 {
		t.Errorf("the other server was asked %d times", got)
	}
}

// TestHealthDoesNotQueue: a peer whose only place is taken can be asked how it is, within the caller's time.
func TestHealthDoesNotQueue(t *testing.T) {
	asked := make(chan struct{})
	p := newPeer(t, setup{api: `{"inFlight": 1, "health": {"live": {"path": "/live"}}}`}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/live" {
			say(200, "")(w, r)
			return
		}
		close(asked)
		hang(w, r)
	})
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() { _, _ = p.Read(ctx, itemA) })
	<-asked
	if err := p.Health(t.Context(), false); err != nil {
		t.Error(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	failed(t, p.Health(ended, false), schema.Unreachable, "canceled")
	cancel()
	group.Wait()
}

// TestHealthThatNobodySaidHowToAsk has no cause: with one it would count as a word of the peer's, which was not
// asked.
func TestHealthThatNobodySaidHowToAsk(t *testing.T) {
	p := newPeer(t, setup{api: `{"health": {"live": {"path": "/live"}}}`}, say(200, ""))
	failed(t, p.Health(t.Context(), true), "", "needs api.health.live, and api.health.deep")
}

// TestHealthOnOneConnection: where many are watched, so many probes use one connection; the first after one
// that failed uses another, since what is to be known then is whether the peer takes any.
func TestHealthOnOneConnection(t *testing.T) {
	for probes, want := range map[int]string{0: "a b c d e f g", 1: "a b c d e f g", 3: "a a a b b b c"} {
		var from []string
		p := newPeer(t, setup{api: healthy, options: Options{Probes: probes}}, func(w http.ResponseWriter, r *http.Request) {
			from = append(from, r.RemoteAddr)
			say(200, "ok")(w, r)
		})
		for range 7 {
			if err := p.Health(t.Context(), false); err != nil {
				t.Error(err)
			}
		}
		if got := letters(from); got != want {
			t.Errorf("%d probes on a connection: got %s, want %s", probes, got, want)
		}
	}
}

func TestHealthOnAnotherConnectionAfterAFailure(t *testing.T) {
	var from []string
	hangs := make(chan struct{})
	first := true
	p := newPeer(t, setup{api: healthy, options: Options{Probes: 100}}, func(w http.ResponseWriter, r *http.Request) {
		if first {
			first = false
			close(hangs)
			hang(w, r)
			return
		}
		from = append(from, r.RemoteAddr)
		say(200, "ok")(w, r)
	})
	probe := func(ctx context.Context) error { return p.Health(ctx, false) }
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() { failed <- probe(ctx) }()
	<-hangs
	if err := errors.Join(probe(t.Context()), probe(t.Context())); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-failed; err == nil {
		t.Error("an answer that did not come is a good one")
	}
	if err := probe(t.Context()); err != nil {
		t.Error(err)
	}
	if got := letters(from); got != "a a b" {
		t.Errorf("got %s, want a a b", got)
	}
}

// letters names equal texts alike, in the order in which they come.
func letters(texts []string) string {
	var names []string
	seen := map[string]string{}
	for _, text := range texts {
		if seen[text] == "" {
			seen[text] = string(rune('a' + len(seen)))
		}
		names = append(names, seen[text])
	}
	return strings.Join(names, " ")
}
