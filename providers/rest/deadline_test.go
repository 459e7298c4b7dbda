package rest

import (
	"net/http"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

func TestOneDeadlineOverAllRepetitions(t *testing.T) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		wait    time.Duration
	}{
		"no answer":     {hang, 0},
		"no body":       {func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("{")); flush(w); hang(w, r) }, 0},
		"a long wait":   {say(503, ""), time.Minute},
		"resets, waits": {reset, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, setup{options: Options{Timeout: 100 * time.Millisecond, Wait: test.wait}}, test.handler)
			start := time.Now()
			failed(t, p.read(t), schema.Unreachable, "deadline exceeded")
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("it took %s", took)
			}
			if got := p.count(""); got != 1 {
				t.Errorf("asked %d times", got)
			}
		})
	}
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// TestNoTimeToWait: where the server wants more time than there is, its reason is told at once.
func TestNoTimeToWait(t *testing.T) {
	p := newPeer(t, setup{options: Options{Timeout: 5 * time.Second}}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "99999999999")
		say(429, `{"error": "rate limit"}`)(w, nil)
	})
	start := time.Now()
	failed(t, p.read(t), schema.Busy, "429 Too Many Requests: rate limit")
	if took := time.Since(start); took > 3*time.Second || p.count("") != 1 {
		t.Errorf("asked %d times in %s", p.count(""), took)
	}
}

func TestNobodyAtTheAddress(t *testing.T) {
	p := newPeer(t, setup{options: Options{Wait: time.Minute}}, hang)
	p.server.Close()
	start := time.Now()
	failed(t, p.read(t), schema.Unreachable, "connection refused")
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("it took %s", took)
	}
}
