package rest

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// drip sends one byte at a time, without an end.
func drip(w http.ResponseWriter, r *http.Request) {
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for r.Context().Err() == nil {
		_, _ = io.WriteString(w, " ")
		flush(w)
		<-ticker.C
	}
}

// severed begins an answer and breaks the connection off.
func severed(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, `{"name": "a", `)
	flush(w)
	reset(w, r)
}

// head is an answer with a header.
func head(name, value string, status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(name, value)
		say(status, body)(w, r)
	}
}

// TestBadServers is every way in which a peer can be bad over HTTP: each ends soon, in a failure that names
// the operation and its cause, says what the peer said and, where that is not enough, what to do. What is
// bad about TLS is in TestWhoThePeerIs, what is bad about a version in TestAVersionThatNobodyTried.
func TestBadServers(t *testing.T) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		cause   schema.Cause
		words   []string
	}{
		"no answer":           {hang, schema.Unreachable, []string{"deadline exceeded"}},
		"slow drip":           {drip, schema.Unreachable, []string{"deadline exceeded"}},
		"reset":               {reset, schema.Unreachable, []string{"connection reset by peer"}},
		"reset in the middle": {severed, schema.Unreachable, []string{"its answer broke off"}},
		"truncated":           {head("Content-Length", "99", 200, okThing), schema.Unreachable, []string{"its answer broke off"}},
		"endless":             {func(w http.ResponseWriter, r *http.Request) { endless(w, r) }, schema.Garbled, []string{"longer than 4096 bytes"}},
		"endless header":      {head("X-Long", strings.Repeat("x", 1<<20), 200, okThing), schema.Unreachable, []string{"server response headers exceeded 65536 bytes"}},
		"HTML":                {say(200, "<html>Please sign in</html>"), schema.Garbled, []string{"not JSON", "<html>Please sign in</html>; is this the admin API of a product?"}},
		"HTML as JSON":        {head("Content-Type", "application/json", 200, "<html>"), schema.Garbled, []string{"not JSON"}},
		"HTML refusal":        {head("Content-Type", "text/html", 502, "<html><h1>Bad gateway</h1>"), schema.Garbled, []string{"502 Bad Gateway: <html><h1>Bad gateway"}},
		"deep JSON":           {say(200, strings.Repeat(`{"a":`, 11000)), schema.Garbled, []string{"longer than 4096 bytes"}},
		"a text":              {say(200, `"a"`), schema.Garbled, []string{"an item has no text at /name"}},
		"empty":               {say(200, ""), schema.Garbled, []string{"is empty"}},
		"no content":          {say(204, ""), schema.Garbled, []string{"its answer (204 No Content) is empty"}},
		"redirect":            {head("Location", "http://127.0.0.1:1/", 302, ""), schema.Garbled, []string{`"http://127.0.0.1:1/"; redirects are not followed: is this the admin API?`}},
		"not modified":        {say(304, ""), schema.Garbled, []string{"304"}},
		"401":                 {say(401, `{"error": "who are you?"}`), schema.Unauthorised, []string{"401 Unauthorized: who are you?; look at the peer's credentials"}},
		"403":                 {say(403, `{"error": "not you"}`), schema.Unauthorised, []string{"403 Forbidden: not you; look at the peer's credentials, and at what they may do there"}},
		"403, busy":           {say(403, `{"error": "not allowed to connect"}`), schema.Busy, []string{"not allowed to connect; run again when it has less to do"}},
		"429":                 {say(429, ""), schema.Busy, []string{"429 Too Many Requests: (it gives no reason); run again"}},
		"429, for ever":       {head("Retry-After", "99999999999", 429, ""), schema.Busy, []string{"429"}},
		"500":                 {say(500, `{"error": "disk full"}`), schema.Garbled, []string{"500 Internal Server Error: disk full"}},
		"503":                 {say(503, `{"error": "starting"}`), schema.Busy, []string{"503 Service Unavailable: starting; run again"}},
		"escapes":             {say(500, "{\"error\": \"a\\u001b[31m\\nb\\u0000\"}"), schema.Garbled, []string{"500 Internal Server Error: a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup{api: `{"error": "/error", "busy": [{"status": 403, "contains": "not allowed to connect"}]}`}
			s.options = Options{MaxBytes: 4096}
			if test.words[0] == "deadline exceeded" || name == "429, for ever" {
				s.options.Timeout = 500 * time.Millisecond
			}
			p := newPeer(t, s, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // a server notices that nobody listens any more only then
				test.handler(w, r)
			})
			failed(t, p.read(t), test.cause, append(test.words, "read thing/a: "+string(test.cause)+": ")...)
			if err := p.write(t, plan.Create, "thing", schema.Body{}); test.cause != schema.Garbled && schema.CauseOf(err) != test.cause {
				t.Errorf("create: got %v, want it to be %s", err, test.cause)
			}
			if got := p.count("POST"); test.cause != schema.Busy && got > 1 {
				t.Errorf("posted %d times", got)
			}
		})
	}
}

// TestDeepJSON: what nests deeper than 10,000 is refused, whatever there is room for.
func TestDeepJSON(t *testing.T) {
	for _, body := range []string{strings.Repeat(`{"a":`, 10001), strings.Repeat("[", 10001) + strings.Repeat("]", 10001)} {
		failed(t, newPeer(t, setup{}, say(200, body)).read(t), schema.Garbled, "exceeded max depth")
	}
}
