package reconcile

import (
	"context"
	"errors"
	"maps"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// writers is how many calls to one peer are under way at most; a provider may allow fewer.
const writers = 16

// silences is how many calls in a row without an answer mean that a peer is gone.
const silences = 3

// peerRun is one peer's part of an Apply.
type peerRun struct {
	*Reconciler
	target Target
	planned
	store Store
	total int

	// Of the wave under way; written before its goroutines start, or after they have ended.
	listed map[string]map[string]schema.Body // by kind: what is there, where many items are to be created

	byKey map[schema.Key]Result

	mu     sync.Mutex // guards what follows
	tried  int
	worked map[schema.Key]error // of the wave under way: what was tried, and the error of it
	silent int                  // calls in a row that got no answer
	gone   bool                 // it was silent too often: nothing more is sent to it
}

func newPeerRun(r *Reconciler, target Target, p planned, store Store) *peerRun {
	return &peerRun{Reconciler: r, target: target, planned: p, store: store, byKey: map[schema.Key]Result{}}
}

// carryOut makes the changes, wave by wave. Where the store fails it goes on: what is about to be
// written is written down already.
func (run *peerRun) carryOut(ctx context.Context) error {
	waves, err := plan.Waves(run.target.Cluster.Provider, run.plan.Changes)
	if err == nil {
		err = run.keep(waves)
	}
	if err == nil {
		err = run.begin(ctx, waves)
	}
	if err != nil {
		return err
	}
	for _, wave := range waves {
		err = errors.Join(err, run.wave(ctx, wave))
	}
	return err
}

// begin writes down what is known already and what is about to be written, so that whatever stops this
// run, the next knows what it may find.
func (run *peerRun) begin(ctx context.Context, waves [][]plan.Change) error {
	intents := map[schema.Key]plan.Record{}
	maps.Copy(intents, run.unsettled)
	for _, wave := range waves {
		run.total += len(wave)
		for _, change := range wave {
			if record, ours := run.becomes(change, nil); ours && change.Action != plan.Delete {
				intents[change.Key] = record
			}
		}
	}
	run.tell(Event{Peer: run.plan.Serial, Phase: Applying, Total: run.total})
	now := plan.Memory{Instance: run.instance, Base: run.plan.Records, Intents: intents, Pins: run.pinned(), Settled: run.settled}
	return run.store.Begin(run.target.Cluster.Name, run.plan.Serial, now, run.forgettable(ctx))
}

// pinned is what keeps items as a rollback left them, or is about to leave them.
func (run *peerRun) pinned() map[schema.Key]plan.Pin {
	pins := map[schema.Key]plan.Pin{}
	maps.Copy(pins, run.plan.Pins)
	for _, change := range run.plan.Changes {
		pin, back := run.pins[change.Key]
		switch {
		case !back || change.Held: // also by a guard, since
		case pin == nil:
			delete(pins, change.Key)
		default:
			pins[change.Key] = *pin
		}
	}
	return pins
}

// wave carries out changes that do not depend on each other, reads them back and remembers them.
func (run *peerRun) wave(ctx context.Context, changes []plan.Change) error {
	run.worked = map[schema.Key]error{}
	changes = run.ready(ctx, changes)
	run.listed = run.listCreated(ctx, changes)
	var group errgroup.Group
	group.SetLimit(writers)
	for _, change := range changes {
		if ctx.Err() != nil || run.lost() {
			break
		}
		group.Go(func() error {
			run.try(ctx, change)
			return nil
		})
	}
	_ = group.Wait() // the errors are in run.worked
	// What is under way is finished, also when the user wants to stop: half a record helps nobody.
	return run.settle(context.WithoutCancel(ctx), changes)
}

func (run *peerRun) try(ctx context.Context, change plan.Change) {
	if ctx.Err() != nil || run.lost() {
		return
	}
	err := run.write(context.WithoutCancel(ctx), change)
	run.heard(err)
	run.mu.Lock()
	defer run.mu.Unlock()
	run.worked[change.Key] = err
	run.tried++
	run.tell(Event{Peer: run.plan.Serial, Phase: Applying, Done: run.tried, Total: run.total})
}

// heard counts the calls in a row that got no answer.
func (run *peerRun) heard(err error) {
	run.mu.Lock()
	defer run.mu.Unlock()
	if run.silent++; schema.CauseOf(err) != schema.Unreachable {
		run.silent = 0
	}
	run.gone = run.gone || run.silent >= silences
}

// lost tells whether the peer has died under our hands: the rest is then not attempted, rather than
// each change waiting in vain. Once lost it stays so, that nothing is sent which comes after what was not.
func (run *peerRun) lost() bool {
	run.mu.Lock()
	defer run.mu.Unlock()
	return run.gone
}

func (run *peerRun) kind(key schema.Key) schema.Kind {
	return run.target.Cluster.Provider.Kinds[key.Kind]
}
