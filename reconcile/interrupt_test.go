package reconcile

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// barrier lets calls of one operation wait until n of them are in flight; then, does something once, and
// lets them all go, and those after them.
type barrier struct {
	op   string
	n    int
	then func()

	mu      sync.Mutex
	waiting int
	open    chan struct{}
}

func newBarrier(op string, n int, then func()) *barrier {
	return &barrier{op: op, n: n, then: then, open: make(chan struct{})}
}

func (b *barrier) fault(op string, _ schema.Key) (error, bool) {
	if op != b.op {
		return nil, false
	}
	b.mu.Lock()
	if b.waiting++; b.waiting == b.n {
		b.then()
		close(b.open)
	}
	b.mu.Unlock()
	<-b.open
	return nil, false
}

// TestInterrupted: what is in flight is finished, read back and remembered; nothing more is begun; the
// report has everything; and the next run finishes without a question.
func TestInterrupted(t *testing.T) {
	w := newWorld(t, "1")
	w.git(append(many(`folder/%02d "path": "/x"`, 40), many(`host/%02d "inbox": "00", "password": "env:A"`, 40)...)...)
	round, s := w.plan(), w.servers["1"]
	ctx, cancel := context.WithCancel(t.Context())
	s.fault = newBarrier("create", writers, cancel).fault
	report, err := w.applyRound(ctx, round)
	w.ok(err)
	if report.Counts() != (Counts{Applied: writers, NotAttempted: 80 - writers}) || !report.Interrupted || report.Peers[0].Problem != "" {
		t.Errorf("%+v", report.Counts())
	}
	if s.writes() != writers || len(w.store.peers["1"].Base) != writers {
		t.Errorf("%d writes, %d remembered", s.writes(), len(w.store.peers["1"].Base))
	}
	w.unheld(w.plan())
	report = w.apply()
	if report.Counts() != (Counts{Applied: 80 - writers}) || report.Interrupted {
		t.Errorf("%+v", report)
	}
	w.settled()
}

// TestInterruptedBefore anything was written.
func TestInterruptedBefore(t *testing.T) {
	w := newWorld(t, "1", "2")
	w.git(many(`folder/%02d "path": "/x"`, 20)...)
	round := w.plan()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, s := range w.servers {
		s.reset()
	}
	report, err := w.applyRound(ctx, round)
	w.ok(err)
	if report.Counts() != (Counts{NotAttempted: 40}) || !report.Interrupted || len(w.store.runs) != 1 {
		t.Errorf("%+v", report)
	}
	for _, s := range w.servers {
		if len(s.calls) > 0 {
			t.Error(s.calls)
		}
	}
	w.apply()
	w.settled()
}

// TestInterruptedWhileLooking: an interruption is not taken for the silence of a peer.
func TestInterruptedWhileLooking(t *testing.T) {
	for _, op := range []string{"read", "list"} {
		w := newWorld(t, "1")
		w.git(append(many(`folder/%02d "path": "/x"`, 20), many(`host/%02d "address": "x"`, 10)...)...)
		w.apply()
		w.git(many(`folder/new%02d "path": "/x"`, 20)...)
		for key := range w.servers["1"].items { // half of what is no longer wanted has gone by itself
			if key.Kind == "host" {
				delete(w.servers["1"].items, key)
			}
		}
		round := w.plan()
		ctx, cancel := context.WithCancel(t.Context())
		n := map[string]int{"read": 3, "list": 1}[op]
		w.servers["1"].fault = newBarrier(op, n, cancel).fault
		report, err := w.applyRound(ctx, round)
		w.ok(err)
		if report.Counts() != (Counts{NotAttempted: 40}) || report.Peers[0].Problem != "" {
			t.Errorf("%s: %+v %s", op, report.Counts(), report.Peers[0].Problem)
		}
		w.servers["1"].fault = nil
		w.apply()
		w.settled()
	}
}

func TestPlanInterrupted(t *testing.T) {
	w := newWorld(t, "1", "2", "3")
	ctx, cancel := context.WithCancel(t.Context())
	w.servers["2"].fault = newBarrier("list", 1, cancel).fault
	if _, err := w.run.Plan(ctx, w.target(), w.store, PlanOptions{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
