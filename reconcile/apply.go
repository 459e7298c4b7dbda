package reconcile

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// writers is how many changes of one peer are under way at most; a provider may allow fewer.
const writers = 16

// silences is how many writes in a row without an answer mean that a peer is gone.
const silences = 3

// Apply carries out a round and reports on every change of it. When ctx ends it starts nothing more,
// waits for what is under way (a provider bounds that), and reports the rest as not attempted. The error
// is for the store: what was done is then in the report, but not all of it is remembered.
func (r *Reconciler) Apply(ctx context.Context, round *Round, store Store) (Report, error) {
	report := Report{
		Version: 1, Cluster: round.target.Cluster.Name, Revision: round.target.Revision,
		Started: r.Clock(), Peers: make([]PeerReport, len(round.peers)),
	}
	var group errgroup.Group
	group.SetLimit(r.parallelism())
	for i, peer := range round.peers {
		group.Go(func() (err error) {
			report.Peers[i], err = r.applyPeer(ctx, round.target, peer, store)
			return err
		})
	}
	err := group.Wait()
	report.Ended, report.Interrupted = r.Clock(), ctx.Err() != nil
	return report, errors.Join(err, store.Finish(report.Cluster, report))
}

// applyPeer returns a result for each change, in the order of the plan.
func (r *Reconciler) applyPeer(ctx context.Context, target Target, p planned, store Store) (PeerReport, error) {
	report := PeerReport{Serial: p.plan.Serial, Alias: p.plan.Alias, InSync: p.plan.InSync, Results: []Result{}}
	if len(p.plan.Problems) > 0 {
		report.Problem = p.plan.Problems[0]
	}
	if p.provider == nil {
		return report, nil
	}
	waves, err := plan.Waves(target.Cluster.Provider, p.plan.Changes)
	if err != nil {
		return report, err
	}
	run := newPeerRun(r, target, p, store)
	if err = run.begin(waves); err == nil {
		for _, wave := range waves {
			err = errors.Join(err, run.wave(ctx, wave))
		}
	}
	report.Results = run.results()
	switch {
	case err != nil:
		report.Problem = err.Error()
	case run.lost():
		report.Problem = "it stopped answering; what it was sent last may or may not be there: apply again when it is back"
	}
	r.tell(Event{Peer: report.Serial, Phase: Done, Done: run.tried, Total: run.total, Problem: report.Problem})
	return report, err
}

// peerRun is one peer's part of an Apply.
type peerRun struct {
	*Reconciler
	target Target
	planned
	store Store
	total int

	mu     sync.Mutex // guards what follows
	byKey  map[schema.Key]Result
	tried  int
	silent int                  // writes in a row that got no answer
	worked map[schema.Key]error // of the wave under way: what was written, and the error of the write
}

func newPeerRun(r *Reconciler, target Target, p planned, store Store) *peerRun {
	return &peerRun{Reconciler: r, target: target, planned: p, store: store, byKey: map[schema.Key]Result{}}
}

// begin writes down what is known already and what is about to be written, so that whatever stops this
// run, the next knows what it may find.
func (run *peerRun) begin(waves [][]plan.Change) error {
	intents := map[schema.Key]plan.Record{}
	for _, wave := range waves {
		run.total += len(wave)
		for _, change := range wave {
			if change.Action != plan.Delete {
				intents[change.Key] = plan.Record{Body: change.Body, Revision: run.target.Revision}
			}
		}
	}
	run.tell(Event{Peer: run.plan.Serial, Phase: Applying, Total: run.total})
	now := plan.Memory{Instance: run.instance, Base: run.plan.Records, Intents: intents}
	return run.store.Begin(run.target.Cluster.Name, run.plan.Serial, now, run.plan.Forget)
}

// wave carries out changes that do not depend on each other, reads them back and remembers them.
func (run *peerRun) wave(ctx context.Context, changes []plan.Change) error {
	run.worked = map[schema.Key]error{}
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
	run.mu.Lock()
	defer run.mu.Unlock()
	run.worked[change.Key] = err
	if run.silent++; schema.CauseOf(err) != schema.Unreachable {
		run.silent = 0
	}
}

// lost tells whether the peer has died under our hands: the rest is then not attempted, rather than
// each change waiting in vain.
func (run *peerRun) lost() bool {
	run.mu.Lock()
	defer run.mu.Unlock()
	return run.silent >= silences
}

// write re-reads what it is about to replace: somebody may have changed it since the plan was made.
func (run *peerRun) write(ctx context.Context, change plan.Change) error {
	if change.Action == plan.Create {
		return run.provider.Write(ctx, change, nil)
	}
	observed, err := run.provider.Read(ctx, change.Key)
	switch {
	case err != nil:
		return err
	case observed == nil && change.Action == plan.Delete:
		return nil
	case observed == nil || !plan.Fresh(run.kind(change.Key), change, observed):
		return &schema.Failure{
			Op: string(change.Action) + " " + change.Key.String(), Cause: schema.Stale,
			Err: errors.New("it was changed on the peer after the plan was made; plan again"),
		}
	}
	return run.provider.Write(ctx, change, observed)
}

func (run *peerRun) kind(key schema.Key) schema.Kind {
	return run.target.Cluster.Provider.Kinds[key.Kind]
}

func (run *peerRun) results() []Result {
	results := []Result{}
	for _, change := range run.plan.Changes {
		result, tried := run.byKey[change.Key]
		if !tried {
			result = Result{Change: change, Status: NotAttempted}
			if change.Held {
				result.Status = Held
			}
		}
		results = append(results, result)
	}
	return results
}
