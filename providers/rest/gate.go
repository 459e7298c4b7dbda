package rest

import (
	"context"
	"slices"
	"sync"
)

// gate holds requests back until a flow admits them, in the order in which they came.
type gate struct {
	mu    sync.Mutex
	flow  flow
	queue []*pass
}

// pass is one request's way through a gate.
type pass struct {
	alone    bool          // nothing else may be in flight meanwhile
	admitted chan struct{} // closed when it may go
	era      int           // of the flow, when it was last sent
	gone     bool          // its context ended while it waited: it has no place to give back
}

func newGate(most int) *gate { return &gate{flow: newFlow(most)} }

// enter waits for its turn. It fails with the context.
func (g *gate) enter(ctx context.Context, alone bool) (*pass, error) {
	p := &pass{alone: alone, admitted: make(chan struct{})}
	g.mu.Lock()
	g.queue = append(g.queue, p)
	g.admit()
	g.mu.Unlock()
	return p, g.wait(ctx, p)
}

func (g *gate) wait(ctx context.Context, p *pass) error {
	select {
	case <-p.admitted:
		return nil
	case <-ctx.Done():
		g.mu.Lock()
		defer g.mu.Unlock()
		p.gone = true
		if at := slices.Index(g.queue, p); at >= 0 {
			g.queue = slices.Delete(g.queue, at, at+1)
		} else {
			g.flow.leave() // it was admitted in the same instant
		}
		g.admit()
		return ctx.Err()
	}
}

func (g *gate) admit() {
	for len(g.queue) > 0 && g.flow.admits(g.queue[0].alone) {
		p := g.queue[0]
		g.queue = g.queue[1:]
		g.flow.enter(p.alone)
		p.era = g.flow.era
		close(p.admitted)
	}
}

func (g *gate) leave(p *pass) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !p.gone {
		g.flow.leave()
		g.admit()
	}
}

// busy takes a refusal: the peer has too much to do.
func (g *gate) busy(p *pass) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p.era = g.flow.busy(p.era)
}

// well takes any other answer.
func (g *gate) well() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.flow.well()
	g.admit()
}

// again is asked before a request is repeated. Where more are in flight than are allowed by now it gives
// its place back, and is the next to get one. It fails with the context.
func (g *gate) again(ctx context.Context, p *pass) error {
	g.mu.Lock()
	crowded := g.flow.crowded()
	if crowded {
		g.flow.leave()
		p.admitted = make(chan struct{})
		g.queue = slices.Insert(g.queue, 0, p)
		g.admit()
	}
	g.mu.Unlock()
	if !crowded {
		return nil
	}
	return g.wait(ctx, p)
}
