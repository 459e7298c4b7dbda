// Package probe asks peers how they are, and hears what they say by themselves, so that reconcile/health can
// reach verdicts on them.
//
// It decides nothing. What it must not do is blame a peer for what is ours: the peers are asked one after the
// other and not all at once, so many at a time, and the time that a probe waits for its turn is not the
// peer's. Where we had no file, no network or no processor to ask with, the peer was not asked.
package probe

import (
	"context"
	"sync"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
)

// Client asks one peer.
type Client interface {
	// Health asks once whether the peer lives; deep also whether it does what it is for. nil is a good
	// answer. A *schema.Failure says what came instead (see health.Probe); any other error that it was not
	// asked. It returns soon after ctx is done, and is safe for concurrent use.
	Health(ctx context.Context, deep bool) error
}

// Target is a peer that is asked.
type Target struct {
	Serial  string
	Client  Client
	Probe   time.Duration // between two probes; 0: only when somebody wants to know
	Timeout time.Duration // for one answer; 0: as Probe, or 10 s
	Deep    time.Duration // between two of the dearer check; 0: never
}

// Slots is how many probes of each sort are in flight at most, unless a Prober says otherwise. The sorts are
// last questions, probes of peers that answered the last time, and of those that did not: none has to wait
// until the others' time is out.
const Slots = 128

// Prober asks peers on their intervals.
type Prober struct {
	slots   int
	clock   func() time.Time
	deliver func(...health.Event) bool

	mu      sync.Mutex
	targets []Target
	changed bool
	asks    []health.Signal
	wake    chan struct{}
}

// New returns a prober that asks nobody yet. deliver is told what came of each probe, by the goroutine of
// Run; it must not wait, and that it does not take an event is no matter: the next probe comes. slots is
// how many of each sort are in flight; 0: Slots.
func New(slots int, clock func() time.Time, deliver func(...health.Event) bool) *Prober {
	if slots <= 0 {
		slots = Slots
	}
	return &Prober{slots: slots, clock: clock, deliver: deliver, wake: make(chan struct{}, 1)}
}

// Watch says who is asked from now on. A peer that stays keeps its turn.
func (p *Prober) Watch(targets []Target) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.targets, p.changed = targets, true
	p.stir()
}

// Ask asks a peer at once, as a signal of the kind health.Ask wants it. Others are passed over.
func (p *Prober) Ask(signals ...health.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range signals {
		if s.Kind == health.Ask {
			p.asks = append(p.asks, s)
		}
	}
	p.stir()
}

func (p *Prober) stir() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// told takes what was said since the last time.
func (p *Prober) told() (targets []Target, changed bool, asks []health.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	targets, changed, asks = p.targets, p.changed, p.asks
	p.changed, p.asks = false, nil
	return targets, changed, asks
}
