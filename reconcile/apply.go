package reconcile

import (
	"context"
	"errors"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gitops-reconciler/reconciler/schema/rules"
)

// Apply carries out a round and reports on every change of it. When ctx ends it starts nothing more,
// waits for what is under way (a provider bounds that), and reports the rest as not attempted. The error
// is for the store: what was done is then in the report, but not all of it is remembered.
func (r *Reconciler) Apply(ctx context.Context, round *Round, store Store) (Report, error) {
	report := Report{
		Version: 1, Cluster: round.target.Cluster.Name, Revision: round.target.Revision,
		Overrides: round.options.overrides(), Refusals: round.Plan.Refusals, Targeted: round.Plan.Targeted,
		TakeOver: round.options.TakeOver, Replace: round.options.Replace, Rollback: round.options.Rollback.name(), Started: r.Clock(), Peers: make([]PeerReport, len(round.peers)),
	}
	var group errgroup.Group
	group.SetLimit(r.parallelism())
	for i, peer := range round.peers {
		group.Go(func() (err error) {
			report.Peers[i], err = r.applyPeer(ctx, round.target, peer, store)
			report.Peers[i].Results = append(report.Peers[i].Results, peer.unreadResults()...)
			return err
		})
	}
	err := group.Wait()
	report.Ended, report.Interrupted = r.Clock(), ctx.Err() != nil
	return report, errors.Join(err, store.Finish(report.Cluster, report, applied(round.target, report, err)))
}

// applied is what later clusters have to follow: the target, once a run has come to its end. A peer that was
// away or refused a change does not count: it is owed its diff, and would else hold up the others. A rollback
// applies no target, and a run that was not about everything does not count either: what it left out was not
// applied.
func applied(target Target, report Report, err error) any {
	if err != nil || report.Interrupted || report.Rollback != "" || report.Targeted != nil {
		return nil
	}
	return Target{Cluster: rules.Remains(target.Cluster), Revision: target.Revision}
}

// applyPeer returns a result for each change, in the order of the plan.
func (r *Reconciler) applyPeer(ctx context.Context, target Target, p planned, store Store) (PeerReport, error) {
	report := PeerReport{
		Serial: p.plan.Serial, Alias: p.plan.Alias, InSync: p.plan.InSync,
		Results: []Result{}, Notes: p.plan.Notes, Problem: strings.Join(p.plan.Problems, "; "),
	}
	if p.provider == nil {
		return report, store.Remember(target.Cluster.Name, p.plan.Serial, nil, p.plan.Forget)
	}
	run := newPeerRun(r, target, p, store)
	err := run.carryOut(ctx)
	report.Results, report.Problem = run.results(), run.problem(err)
	r.tell(Event{Peer: report.Serial, Phase: Done, Done: run.tried, Total: run.total, Problem: report.Problem})
	return report, err
}
