package probe

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
)

const beat1 = `{"serial": "1001", "boot": "a", "sequence": 1}`

func TestListener(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method, path, token, body string
		code                      int
		says                      string
		want                      *health.Beat
	}{
		"a heartbeat": {body: beat1, code: 204, want: &health.Beat{Serial: "1001", Boot: "a", Sequence: 1}},
		"the last one": {
			body: `{"serial": "1001", "boot": "a", "sequence": 9, "closing": true, "components": {"store": "full"}}`, code: 204,
			want: &health.Beat{Serial: "1001", Boot: "a", Sequence: 9, Closing: true, Components: map[string]string{"store": "full"}},
		},
		"of a later version": {body: `{"serial": "1001", "boot": "a", "sequence": 1, "load": 3}`, code: 204, want: &health.Beat{Serial: "1001", Boot: "a", Sequence: 1}},
		"wrong token":        {token: "Bearer guess", body: beat1, code: 401, says: "give the cluster's token"},
		"no token":           {token: "-", body: beat1, code: 401, says: "give the cluster's token"},
		"another scheme":     {token: "Basic s3cret", body: beat1, code: 401},
		"no scheme":          {token: "s3cret", body: beat1, code: 401},
		"a stranger":         {body: `{"serial": "1009", "boot": "a", "sequence": 1}`, code: 404, says: `no peer "1009" sends heartbeats here`},
		"no serial":          {body: `{"boot": "a", "sequence": 1}`, code: 400, says: "a heartbeat has a serial"},
		"no boot":            {body: `{"serial": "1001", "sequence": 1}`, code: 400, says: "which is another after every start"},
		"no sequence":        {body: `{"serial": "1001", "boot": "a"}`, code: 400, says: "from 1 and rising"},
		"no JSON":            {body: `beat`, code: 400, says: "not a heartbeat in JSON"},
		"two of them":        {body: beat1 + beat1, code: 400, says: "something follows"},
		"nothing":            {code: 400, says: "not a heartbeat in JSON"},
		"too large":          {body: `{"serial": "` + strings.Repeat("1", largest) + `"}`, code: 413, says: "16384 bytes at most"},
		"large thereafter":   {body: beat1 + strings.Repeat(" ", largest), code: 413},
		"GET":                {method: "GET", code: 405, says: "is a POST"},
		"elsewhere":          {path: "/", code: 404, says: Path},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inbox := new(Inbox)
			l := &Listener{Token: "s3cret", Knows: func(serial string) bool { return serial == "1001" }, Deliver: inbox.Put}
			r := httptest.NewRequest(or(test.method, "POST"), or(test.path, Path), strings.NewReader(test.body))
			if token := or(test.token, "Bearer s3cret"); token != "-" {
				r.Header.Set("Authorization", token)
			}
			w := httptest.NewRecorder()
			l.ServeHTTP(w, r)
			if w.Code != test.code || !strings.Contains(w.Body.String(), test.says) {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			var want []health.Event
			if test.want != nil {
				want = []health.Event{*test.want}
			}
			if got := inbox.Take(); !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// TestListenerWithoutRoom: a heartbeat that is not kept is not said to be.
func TestListenerWithoutRoom(t *testing.T) {
	t.Parallel()
	l := &Listener{Knows: func(string) bool { return true }, Deliver: func(...health.Event) bool { return false }}
	w := httptest.NewRecorder()
	l.ServeHTTP(w, httptest.NewRequest("POST", Path, strings.NewReader(beat1)))
	if w.Code != 503 || !strings.Contains(w.Body.String(), "send the next one") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// TestServe: over a real connection, from many at once, until it is told to stop.
func TestServe(t *testing.T) {
	t.Parallel()
	inbox := new(Inbox)
	l := &Listener{Knows: func(string) bool { return true }, Deliver: inbox.Put}
	on, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- l.Serve(ctx, on, time.Minute, slog.New(slog.DiscardHandler)) }()
	client := &http.Client{Transport: &http.Transport{}}
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			r, err := client.Post("http://"+on.Addr().String()+Path, "application/json", strings.NewReader(fmt.Sprintf(`{"serial": "%d", "boot": "a", "sequence": 1}`, i)))
			if err != nil {
				t.Error(err)
				return
			}
			if err := r.Body.Close(); err != nil || r.StatusCode != 204 {
				t.Error(r.Status, err)
			}
		})
	}
	group.Wait()
	client.CloseIdleConnections()
	if got := inbox.Take(); len(got) != 20 {
		t.Errorf("got %v", got)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", on.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

// TestServeOnNothing: a listener that is closed is an error, and no goroutine stays.
func TestServeOnNothing(t *testing.T) {
	t.Parallel()
	on, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := on.Close(); err != nil {
		t.Fatal(err)
	}
	l := &Listener{}
	if err := l.Serve(t.Context(), on, time.Minute, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "heartbeats on 127.0.0.1") {
		t.Error(err)
	}
}

// TestInbox: of the heartbeats that a peer sends between two steps the last is kept, with what it ails; nothing
// else is lost, and room is bounded.
func TestInbox(t *testing.T) {
	t.Parallel()
	inbox := new(Inbox)
	beat := func(serial, boot string, n uint64) health.Beat {
		return health.Beat{Serial: serial, Boot: boot, Sequence: n}
	}
	full := beat("1001", "a", 1)
	full.Components = map[string]string{"store": "full"}
	closing := beat("1001", "a", 4)
	closing.Closing = true
	for _, e := range []health.Event{
		full, beat("1002", "a", 1),
		health.Probe{Serial: "1001"},
		beat("1001", "a", 2), beat("1001", "a", 3), beat("1001", "a", 2),
		closing, beat("1001", "b", 8), beat("1001", "b", 9),
	} {
		if !inbox.Put(e) {
			t.Fatal("no room")
		}
	}
	third := beat("1001", "a", 3)
	third.Components = full.Components
	want := []health.Event{third, beat("1002", "a", 1), health.Probe{Serial: "1001"}, beat("1001", "a", 2), closing, beat("1001", "b", 9)}
	if got := inbox.Take(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := inbox.Take(); got != nil {
		t.Errorf("got %v", got)
	}
	for i := range most {
		if !inbox.Put(health.Probe{Serial: "1001"}) {
			t.Fatalf("no room for %d", i)
		}
	}
	if inbox.Put(health.Probe{}) || len(inbox.Take()) != most || !inbox.Put(beat("1001", "a", 5)) {
		t.Error("there is no end to it, or no beginning")
	}
}
