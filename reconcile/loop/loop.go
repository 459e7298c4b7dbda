// Package loop keeps the peers of a cluster at what its files want: it looks for a new revision, takes it into
// force if it is valid, and reconciles, again and again.
//
// It is level-triggered: every round starts again from what is in force and what the peers hold, so nothing has to be
// remembered of a round that failed or was cut short. One goroutine owns all that the loop knows; looking for a
// revision and reconciling are done beside it, each at most once at a time. What happens is told as events, and how
// things stand can be asked for at any time.
package loop

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Source says what is desired.
type Source interface {
	// Latest returns what is desired now; with a nil Cluster if that is still the revision have, and what it says
	// has not changed by itself: it may follow who holds the roles. An error of type *Refused is about a revision
	// that cannot come into force; any other is for not knowing.
	Latest(ctx context.Context, have string) (Desired, error)
}

// Rounds reconciles the peers once. When ctx ends it starts nothing more, and returns soon.
type Rounds interface {
	Round(ctx context.Context, desired Desired) (reconcile.Report, error)
}

// Desired is what the files say at a revision.
type Desired struct {
	reconcile.Target
	Subject string // the revision's author and what it is about, "" where it has none

	Follow []schema.Key // items that follow who holds the roles
	For    string       // names who held them when they were worked out; "": that was not certain
}

// Refused is the error of a revision that cannot come into force. What was in force stays so.
type Refused struct {
	Revision string `json:"revision"`
	Why      string `json:"why"` // one line
}

// Error names the revision and why.
func (r *Refused) Error() string { return "revision " + r.Revision + " is refused: " + r.Why }

// Options of a Loop. All are required.
type Options struct {
	Poll  time.Duration // between two looks for a new revision
	Round time.Duration // from the end of a round to the next, if nothing calls for one before
	Clock func() time.Time
	// Events is told what happens, from the goroutine that runs the loop; it must not wait for anything.
	Events func(Event)
}

// Loop keeps one cluster.
type Loop struct {
	source  Source
	rounds  Rounds
	options Options
	status  atomic.Pointer[Status]
	wake    chan struct{}
}

// New returns a loop that does nothing before Run.
func New(source Source, rounds Rounds, options Options) *Loop {
	l := &Loop{source: source, rounds: rounds, options: options, wake: make(chan struct{}, 1)}
	l.status.Store(&Status{Version: 1})
	return l
}

// Status returns how things stand. It is safe to call from anywhere; do not change what it returns.
func (l *Loop) Status() *Status { return l.status.Load() }

// Wake has the loop look for a revision, and reconcile, now.
func (l *Loop) Wake() {
	select {
	case l.wake <- struct{}{}:
	default: // it is about to wake
	}
}

// Run keeps the cluster until ctx ends; then it cuts short what is under way, waits for it, and returns.
func (l *Loop) Run(ctx context.Context) {
	o := newOwner(l)
	defer o.end()
	for {
		o.begin(ctx)
		timer := time.NewTimer(o.pause())
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-l.wake:
			o.hurry()
		case found := <-o.look.done:
			o.found(found)
		case ended := <-o.round.done:
			o.ended(ended)
		}
		timer.Stop()
	}
}
