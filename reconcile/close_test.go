package reconcile

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// opened counts the providers that are open.
type opened struct {
	mu  sync.Mutex
	now int
}

func (o *opened) add(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now += n
}

// held is a provider that must be closed.
type held struct {
	Provider
	opened *opened
}

func (h held) Close() { h.opened.add(-1) }

// counted makes every provider of a world one that must be closed.
func (w *world) counted() *opened {
	o := &opened{}
	open := w.run.Open
	w.run.Open = func(serial string, peer schema.Peer) (Provider, error) {
		provider, err := open(serial, peer)
		o.add(1)
		return held{provider, o}, err
	}
	return o
}

// TestEveryProviderIsClosed: after a round, of a peer that cannot be read, and when the run is given up.
func TestEveryProviderIsClosed(t *testing.T) {
	w := newWorld(t, "1", "2", "3")
	o := w.counted()
	w.servers["2"].fault = always(schema.Unreachable, "list")
	round, err := w.run.Plan(t.Context(), w.target(), w.store, PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if o.now != 2 {
		t.Errorf("%d open before the end, want those of 1 and 3", o.now)
	}
	round.Close()
	if o.now != 0 {
		t.Errorf("%d open after the end", o.now)
	}

	ctx, cancel := context.WithCancel(t.Context())
	w.servers["1"].fault = func(string, schema.Key) (error, bool) {
		cancel()
		return nil, false
	}
	if _, err := w.run.Plan(ctx, w.target(), w.store, PlanOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if o.now != 0 {
		t.Errorf("%d open after a run that was given up", o.now)
	}
}
