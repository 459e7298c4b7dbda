// Package reconcile brings the peers of a cluster to their desired state: it reads them all at once,
// has reconcile/plan decide what differs, carries the plan out in order, reads back what it wrote, and
// always reports.
//
// It is level-triggered: every run starts again from what is desired and what the peers hold, so a run
// that was cut short is finished by the next. It decides nothing about what should change, and knows no
// product: providers and stores are interfaces that it declares here.
package reconcile

import (
	"context"
	"iter"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Provider reads and writes the items of one peer. Its errors carry a *schema.Failure. It bounds the
// time of every call by itself, and is safe for concurrent use.
type Provider interface {
	// Observe lists the kinds. A kind that cannot be listed whole has an error in its Listing; the error
	// returned is for a peer that cannot be read at all.
	Observe(ctx context.Context, kinds []string) (schema.Observation, error)
	// Read returns one item, or nil if the peer does not have it.
	Read(ctx context.Context, key schema.Key) (schema.Body, error)
	// Write carries out a change. observed is the item as it was just read; nil for a create.
	Write(ctx context.Context, change plan.Change, observed schema.Body) error
}

// Digester is a Provider whose peer can say in one request that it did not change.
type Digester interface {
	// Digest returns a text that is the same only while the installation and all of its items are, and
	// were in between; "" if the peer cannot tell. Its errors are those of Observe.
	Digest(ctx context.Context) (string, error)
}

// Memory recalls what was last applied to a peer.
type Memory interface {
	Recall(cluster, serial string) (plan.Memory, error)
	// Settled is Recall for a peer that may not have to be compared: as what it is settled, on which
	// installation, without what was applied. It is nothing while a run did not finish.
	Settled(cluster, serial string) (instance string, as plan.Settled, err error)
}

// Store is a Memory that can be written.
type Store interface {
	Memory
	// Begin writes down what is known of a peer already and what it is about to get, before it gets it;
	// also as what it is settled, or that it is not.
	Begin(cluster, serial string, now plan.Memory, forget []schema.Key) error
	// Remember records what a peer holds as applied, and forgets what it does not. If there is any of
	// either, the peer is settled no more.
	Remember(cluster, serial string, records map[schema.Key]plan.Record, forget []schema.Key) error
	// Finish keeps the report of a run and, unless it is nil, what was applied: all that Transitions will ask.
	Finish(cluster string, report, applied any) error
}

// Target is a cluster as it is desired at a revision.
type Target struct {
	Cluster  *schema.Cluster `json:"cluster"`
	Revision string          `json:"revision"`
}

// Reconciler plans and applies. Its fields are required unless they say otherwise.
type Reconciler struct {
	Open    func(serial string, peer schema.Peer) (Provider, error) // connects to no one yet
	Secrets func(reference string) (string, error)                  // what a reference (env:NAME, file:PATH) stands for
	Key     []byte                                                  // under which secrets are marked
	Clock   func() time.Time

	Parallelism int         // peers at a time; 0: 16
	Events      func(Event) // told what happens, from several goroutines; may be nil

	// Keep keeps what a peer holds, before that is overwritten; the snapshot's items come one by one. It is
	// called from several goroutines, once for each peer. A peer whose items cannot be kept is not written
	// to. nil: nothing is kept.
	Keep func(snapshot plan.Snapshot, items iter.Seq[plan.Kept]) error
}

// defaultParallelism keeps a hundred peers from being asked in one instant.
const defaultParallelism = 16

// Phase is how far a peer has come.
type Phase string

// The phases, in order.
const (
	Reading  Phase = "reading"
	Read     Phase = "read"
	Applying Phase = "applying"
	Done     Phase = "done"
)

// Event tells of progress on one peer.
type Event struct {
	Peer    string
	Phase   Phase
	Done    int     // changes tried so far
	Total   int     // changes to carry out
	Result  *Result // of the change that made the event, if one did
	Problem string  // what keeps the peer from being read or written, if anything
}

func (r *Reconciler) tell(e Event) {
	if r.Events != nil {
		r.Events(e)
	}
}

func (r *Reconciler) parallelism() int {
	if r.Parallelism > 0 {
		return r.Parallelism
	}
	return defaultParallelism
}
