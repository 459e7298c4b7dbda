package rest

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/schema"
)

const (
	leased = `{"inFlight": 1, "error": "/error", "leases": {"tenure": "/roles", "grant": "/roles/{role}/{number}", "revoke": "/roles/{role}/{number}/revoke"}}`
	// longest is the highest epoch there can be, which is no float.
	tenureText = `{"store": "s1", "boot": "b1", "now": 90000000001, "places": {"scheduler/0": {"epoch": 18446744073709551615, "state": "active", "until": 120000000000}, "pool/3": {"epoch": 4, "state": "passive"}}}`
)

func tenureWanted() schema.Tenure {
	return schema.Tenure{Store: "s1", Boot: "b1", Now: 90*time.Second + 1, Places: map[schema.Place]schema.Tenant{
		{Role: "scheduler"}: {Epoch: 1<<64 - 1, State: schema.Active, Until: 2 * time.Minute}, {Role: "pool", Number: 3}: {Epoch: 4, State: schema.Passive},
	}}
}

// TestLeases sends what was given, where the definition says, and reads what comes back.
func TestLeases(t *testing.T) {
	pool := schema.Place{Role: "pool", Number: 3}
	grant := schema.Grant{Store: "s1", Boot: "b1", Place: pool, Epoch: 1<<64 - 1, Until: 2 * time.Minute, StopWithin: time.Second}
	revoke := schema.Revoke{Store: "s1", Place: pool, Epoch: 5}
	p := newPeer(t, setup{api: leased}, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var want, got any = map[string]any{http.MethodPut: grant, http.MethodPost: revoke}[r.Method], nil
		switch r.Method {
		case http.MethodPut:
			sent := schema.Grant{}
			err, got = json.Unmarshal(body, &sent), sent
		case http.MethodPost:
			sent := schema.Revoke{}
			err, got = json.Unmarshal(body, &sent), sent
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", r.Method, err, diff)
		}
		if r.Method == http.MethodPut {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		say(200, tenureText)(w, r)
	})
	if !p.Leases() {
		t.Error("it says that it cannot")
	}
	asked, err := p.Tenure(t.Context())
	if diff := cmp.Diff(tenureWanted(), asked); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if err := p.Grant(t.Context(), grant); err != nil {
		t.Error(err)
	}
	revoked, err := p.Revoke(t.Context(), revoke)
	if diff := cmp.Diff(tenureWanted(), revoked); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if diff := cmp.Diff([]string{"GET /api/roles", "PUT /api/roles/pool/3", "POST /api/roles/pool/3/revoke"}, p.asked); diff != "" {
		t.Error(diff)
	}
}

// TestLeasesAreSentOnce: whatever becomes of one is its caller's, who decides anew.
func TestLeasesAreSentOnce(t *testing.T) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		cause   schema.Cause
		words   string
	}{
		"no leases":   {say(404, `{"error": "this node runs no leases"}`), schema.Rejected, "404 Not Found: this node runs no leases"},
		"refused":     {say(409, `{"error": "too low an epoch"}`), schema.Rejected, "409 Conflict: too low an epoch"},
		"not yet":     {say(503, `{"error": "it starts"}`), schema.Busy, "503 Service Unavailable: it starts"},
		"no token":    {say(401, ""), schema.Unauthorised, "401"},
		"broken":      {say(500, `{"error": "the disk"}`), schema.Garbled, "500 Internal Server Error: the disk"},
		"lost":        {say(502, ""), schema.Garbled, "502"},
		"reset":       {reset, schema.Unreachable, "connection reset"},
		"no answer":   {func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); hang(w, r) }, schema.Unreachable, "deadline exceeded"},
		"elsewhere":   {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusTemporaryRedirect) }, schema.Garbled, "redirects are not followed"},
		"a long wait": {func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Retry-After", "1"); say(429, "")(w, r) }, schema.Busy, "429"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, setup{api: leased, options: Options{Timeout: 300 * time.Millisecond}}, test.handler)
			_, asked := p.Tenure(t.Context())
			_, revoked := p.Revoke(t.Context(), schema.Revoke{Place: schema.Place{Role: "pool"}})
			for op, err := range map[string]error{"ask what it holds": asked, "grant pool/0": p.Grant(t.Context(), schema.Grant{Place: schema.Place{Role: "pool"}}), "revoke pool/0": revoked} {
				failed(t, err, test.cause, op, test.words)
			}
			if got := p.count(""); got != 3 {
				t.Errorf("asked %d times: %s", got, p.asked)
			}
		})
	}
}

// TestNoTenure: an answer that is not understood is none.
func TestNoTenure(t *testing.T) {
	for text, want := range map[string]string{
		``:            "is empty",
		`<html>`:      "its answer is not JSON",
		`{"boot": "b`: "its answer is not JSON",
		`{}`:          "it does not say which boot it is",
		`{"boot": 7}`: "its answer is no tenure: json: cannot unmarshal number",
		`{"boot": "b", "places": {"scheduler": {}}}`:                                     `place "scheduler": want ROLE/NUMBER`,
		`{"boot": "b", "places": {"a/0": {"epoch": -1, "state": "passive"}}}`:            "its answer is no tenure: json: cannot unmarshal number -1",
		`{"boot": "b", "places": {"a/0": {"epoch": 1, "state": "Passive"}}}`:             `a/0 is "Passive", and not passive, active or stopping`,
		`{"boot": "b", "places": {"a/0": {"epoch": 1}}}`:                                 `a/0 is "", and not passive`,
		`{"boot": "b", "places": {"a/0": {"epoch": 1.5, "state": "passive"}}}`:           "cannot unmarshal number 1.5",
		`{"boot": "b", "places": {"a/0": {"epoch": 18446744073709551616, "state": ""}}}`: "cannot unmarshal number 18446744073709551616",
	} {
		p := newPeer(t, setup{api: leased}, say(200, text))
		got, err := p.Tenure(t.Context())
		failed(t, err, schema.Garbled, "ask what it holds", want)
		if diff := cmp.Diff(schema.Tenure{}, got); diff != "" {
			t.Errorf("%s: beside the error %s", text, diff)
		}
	}
}

// TestLeasesDoNotQueue: a peer whose only place is taken by an item is asked, granted and revoked.
func TestLeasesDoNotQueue(t *testing.T) {
	asked := make(chan struct{})
	p := newPeer(t, setup{api: leased}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/things/a" {
			say(200, tenureText)(w, r)
			return
		}
		close(asked)
		hang(w, r)
	})
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() { _, _ = p.Read(ctx, itemA) })
	<-asked
	if _, err := p.Tenure(t.Context()); err != nil {
		t.Error(err)
	}
	if err := p.Grant(t.Context(), schema.Grant{}); err != nil {
		t.Error(err)
	}
	cancel()
	group.Wait()
}

// TestLeasesHaveConnectionsOfTheirOwn, of HTTP/1.1: on HTTP/2 one that hangs would hold up those after it.
func TestLeasesHaveConnectionsOfTheirOwn(t *testing.T) {
	var mu sync.Mutex
	connections := map[string]map[string]bool{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if connections[r.Proto] == nil {
			connections[r.Proto] = map[string]bool{}
		}
		connections[r.Proto][r.RemoteAddr] = true
		if r.URL.Path == "/api/roles" {
			say(200, tenureText)(w, r)
			return
		}
		say(200, okThing)(w, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	s := setup{api: leased, options: Options{CA: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), ServerName: "example.com"}}
	client := connect(t, define(t, s), server.URL, s)
	for range 3 {
		if _, err := client.Read(t.Context(), itemA); err != nil {
			t.Error(err)
		}
		if _, err := client.Tenure(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if len(connections["HTTP/2.0"]) != 1 || len(connections["HTTP/1.1"]) != 1 {
		t.Errorf("connections %v", connections)
	}
}

func TestLeasesThatNobodySaidHowToAsk(t *testing.T) {
	p := newPeer(t, setup{}, say(200, tenureText))
	if p.Leases() {
		t.Error("it says that it can")
	}
	_, err := p.Tenure(t.Context())
	failed(t, err, schema.Rejected, "ask what it holds", "it needs api.leases")
	if got := p.count(""); got != 0 {
		t.Errorf("asked %d times", got)
	}
}

func TestLeasesOfWrongPaths(t *testing.T) {
	for words, want := range map[string]string{
		`{"tenure": "/roles"}`: "provider product: api.leases: it takes tenure, grant and revoke",
		`{"tenure": "/roles", "grant": "/roles/{role}", "revoke": "/{role}/{number}"}`: "provider product: api.leases: grant: /roles/{role} does not say which place: it needs {role} and {number}",
	} {
		_, err := Parse(schema.Provider{Name: "product", API: json.RawMessage(`{"leases": ` + words + `}`)})
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
