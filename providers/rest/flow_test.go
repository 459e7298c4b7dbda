package rest

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

func TestInFlightIsBounded(t *testing.T) {
	var now, most atomic.Int32
	arrived, release := make(chan struct{}, 30), make(chan struct{})
	p := newPeer(t, setup{api: `{"inFlight": 3}`}, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		arrived <- struct{}{}
		<-release
		now.Add(-1)
		say(200, okThing)(w, r)
	})
	var group sync.WaitGroup
	group.Go(func() { together(t, p, 30) })
	for range 3 {
		<-arrived
	}
	// All slots are taken: who waits for one gives up with its context.
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := p.Read(ctx, schema.Key{Kind: "box", ID: "late"})
	failed(t, err, schema.Unreachable, "read box/late", "deadline exceeded")
	close(release)
	group.Wait()
	if got := most.Load(); got != 3 || p.count("GET /api/things") != 30 || p.count("GET /api/boxes") != 0 {
		t.Errorf("%d in flight at most, asked %d times", got, p.count(""))
	}
}

// TestASlotIsKeptWhileWaiting: a peer that says it is busy does not get the same from the next in line.
func TestASlotIsKeptWhileWaiting(t *testing.T) {
	answered := make(chan struct{})
	p := newPeer(t, setup{api: `{"inFlight": 1}`, options: Options{Wait: time.Minute}}, func(w http.ResponseWriter, r *http.Request) {
		say(503, "")(w, r)
		close(answered)
	})
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		_, err := p.Read(ctx, schema.Key{Kind: "thing", ID: "a"})
		failed(t, err, schema.Unreachable, "canceled")
	})
	<-answered
	short, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	_, err := p.Read(short, schema.Key{Kind: "thing", ID: "b"})
	failed(t, err, schema.Unreachable, "deadline exceeded")
	cancel()
	group.Wait()
	if got := p.count(""); got != 1 {
		t.Errorf("asked %d times", got)
	}
}

// TestSerialisedWritesAreAlone: while a write is in flight, two reads and a write wait for it.
func TestSerialisedWritesAreAlone(t *testing.T) {
	var in atomic.Int32
	var once sync.Once
	var group sync.WaitGroup
	var p *peer
	p = newPeer(t, setup{api: `{"inFlight": 8, "serialise": true}`}, func(w http.ResponseWriter, r *http.Request) {
		in.Add(1)
		defer in.Add(-1)
		once.Do(func() {
			for range 2 {
				group.Go(func() { _ = p.read(t) })
			}
			group.Go(func() { _ = p.write(t, plan.Delete, "thing", nil) })
			for p.waiting() < 3 && in.Load() == 1 {
				runtime.Gosched()
			}
			if in.Load() != 1 {
				t.Error("something is in flight beside a write")
			}
		})
		say(200, okThing)(w, r)
	})
	if err := p.write(t, plan.Update, "thing", schema.Body{}); err != nil {
		t.Error(err)
	}
	group.Wait()
	if got := p.count(""); got != 4 {
		t.Errorf("asked %d times", got)
	}
}

// waiting returns how many requests wait at the gate.
func (p *peer) waiting() int {
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	return len(p.gate.queue)
}
