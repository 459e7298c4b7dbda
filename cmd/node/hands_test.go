package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/node/half"
	"github.com/gitops-reconciler/reconciler/providers/node"
)

// holding holds the role at one epoch; whoever asks waits first.
type holding struct {
	node.Leases
	wait func()
}

func (h holding) Held() map[string]uint64 { h.wait(); return map[string]uint64{"scheduler": 7} }

// noon is a Friday.
func noon() time.Time { return time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC) }

// scheduled is a node with a schedule under the role, that came up last at 11:59.
func scheduled(t *testing.T, wait func()) *node.Node {
	t.Helper()
	n, err := node.Open(t.TempDir(), node.Options{NoSync: true, Leases: holding{wait: wait}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	request := httptest.NewRequest("PUT", "/v1/kinds/schedule/items/ours", strings.NewReader(`{"cron":"* * * * *","role":"scheduler"}`))
	n.ServeHTTP(httptest.NewRecorder(), request)
	return n
}

func fired(n *node.Node) string {
	w := httptest.NewRecorder()
	n.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/fires", nil))
	return w.Body.String()
}

// TestStartBeginsAtOnce: what comes up after a place was granted is fired, though nobody looked in between.
func TestStartBeginsAtOnce(t *testing.T) {
	n := scheduled(t, func() {})
	does := &hands{node: n, clock: func() time.Time { return noon().Add(-time.Second) }}
	if err := does.Start(t.Context(), half.Turn{}); err != nil {
		t.Fatal(err)
	}
	if err := n.Fire(noon()); err != nil {
		t.Fatal(err)
	}
	if got := fired(n); !strings.Contains(got, `"due":"2026-01-02T12:00:00Z"`) {
		t.Errorf("it fired %s", got)
	}
}

// TestStopEndsWithTheFire has a fire begin just before the place is stopped: the stop does not end before it.
func TestStopEndsWithTheFire(t *testing.T) {
	for what, stop := range map[string]func(*hands) error{
		"stop":  func(h *hands) error { return h.Stop(t.Context(), half.Turn{}) },
		"force": func(h *hands) error { return h.Force(t.Context(), half.Turn{}) },
	} {
		var begun, stopped chan struct{}
		n := scheduled(t, func() {
			if begun == nil {
				return
			}
			close(begun)
			select {
			case <-stopped:
				t.Errorf("%s: it ended before the fire", what)
			case <-time.After(50 * time.Millisecond):
			}
		})
		if err := n.Fire(noon().Add(-time.Second)); err != nil {
			t.Fatal(err)
		}
		begun, stopped = make(chan struct{}), make(chan struct{})
		fires := make(chan error)
		go func() { fires <- n.Fire(noon()) }()
		<-begun
		if err := stop(&hands{node: n}); err != nil {
			t.Error(err)
		}
		close(stopped)
		if err := <-fires; err != nil {
			t.Error(err)
		}
	}
}
