// Package beat sends a node's heartbeats to the controller: that it lives, what ails it, and at last that it has
// stopped what it ran and ends.
//
// It holds nothing up: it has a goroutine of its own, sends one heartbeat at a time and gives each a short while. One
// that does not arrive is not sent again, since the next one says the same. It must not decide anything: a node whose
// heartbeats nobody hears goes on as before.
package beat

import (
	"context"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/probe"
)

// Options are what a Sender sends, and how. All but Ails and Told are required.
type Options struct {
	Serial string
	Boot   string                                        // another after every start
	Every  time.Duration                                 // from one heartbeat's end to the next, at most
	Post   func(ctx context.Context, b probe.Beat) error // sends one; it returns when the context ends
	Jitter func() float64                                // from 0 to below 1, so that nodes which start together drift apart
	Ails   func() map[string]string                      // its parts, and what is wrong with each; nil: it does not say
	Told   func(err error)                               // of the first failure of several, and nil when they arrive again
}

// Sender sends heartbeats. It is safe for concurrent use.
type Sender struct {
	options Options
	turn    chan struct{} // holds one while one is being sent; it guards what follows

	sequence uint64
	failing  bool
	closed   bool
}

// New returns a sender that sends nothing before Run.
func New(o Options) *Sender { return &Sender{options: o, turn: make(chan struct{}, 1)} }

// Run sends until the context ends, but nothing after the last one. The first comes within Every.
func (s *Sender) Run(ctx context.Context) {
	every := s.options.Every
	timer := time.NewTimer(part(every, s.options.Jitter()))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		_ = s.send(ctx, false) // told already
		timer.Reset(every - part(every/10, s.options.Jitter()))
	}
}

func part(d time.Duration, share float64) time.Duration { return time.Duration(float64(d) * share) }

// Close sends the last one: the node has stopped what it ran, and ends. Its error is that nobody took it.
func (s *Sender) Close(ctx context.Context) error { return s.send(ctx, true) }

// send waits for its turn, and sends one.
func (s *Sender) send(ctx context.Context, closing bool) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience())
	defer cancel()
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.closed {
		return nil
	}
	s.sequence++
	s.closed = closing
	b := probe.Beat{Serial: s.options.Serial, Boot: s.options.Boot, Sequence: s.sequence, Closing: closing}
	if s.options.Ails != nil {
		b.Components = s.options.Ails()
	}
	err := s.options.Post(ctx, b)
	s.tell(err)
	return err
}

// patience is how long one may take: a way that is broken off must not hold up the next for long.
func (s *Sender) patience() time.Duration {
	return min(max(s.options.Every, time.Second), 5*time.Second)
}

// tell tells of what changed, once.
func (s *Sender) tell(err error) {
	if failing := err != nil; failing != s.failing && s.options.Told != nil {
		s.options.Told(err)
	}
	s.failing = err != nil
}
