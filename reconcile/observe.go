package reconcile

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// PlanOptions are a user's wishes for one plan.
type PlanOptions struct {
	TakeOver []string // serials of the peers on which Git wins where a change would be held
	Replace  []string // KIND/ID, with * for any text, of the items that may be deleted and made anew
	TwoWay   bool     // there is no state: say so in the plan
}

// Round is a plan, and what is needed to carry it out.
type Round struct {
	Plan    plan.Plan
	target  Target
	options PlanOptions
	peers   []planned
}

// planned is one peer of a round.
type planned struct {
	provider  Provider // nil if the peer could not be read
	instance  string
	plan      plan.Peer
	settled   plan.Settled               // as what the peer was found, if it was
	shown     shown                      // in the places of secrets, when the plan was made
	unsettled map[schema.Key]plan.Record // intents of an earlier run about which nothing is known yet
}

// Plan reads every peer, a bounded number at a time, and compares it with what is desired. A peer that
// cannot be read has its problem in the plan; the error is for what keeps everything from being planned:
// a consent to what there is not, an unknown secret, a state that cannot be read, or ctx.
func (r *Reconciler) Plan(ctx context.Context, target Target, memory Memory, o PlanOptions) (*Round, error) {
	consents, err := o.consents(target.Cluster)
	if err != nil {
		return nil, err
	}
	serials, wishes := target.Cluster.Serials(), r.wishes(target.Cluster)
	round := &Round{target: target, options: o, peers: make([]planned, len(serials))}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.parallelism())
	for i, serial := range serials {
		group.Go(func() (err error) {
			round.peers[i], err = r.planPeer(ctx, wishes, target, serial, memory, consents)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		round.Close()
		return nil, err
	}
	round.Plan = plan.Plan{Version: 1, Cluster: target.Cluster.Name, Revision: target.Revision, TwoWay: o.TwoWay, Peers: []plan.Peer{}}
	for _, peer := range round.peers {
		round.Plan.Peers = append(round.Plan.Peers, peer.plan)
	}
	return round, nil
}

func (r *Reconciler) planPeer(ctx context.Context, wishes *wishes, target Target, serial string, memory Memory, consents consents) (planned, error) {
	if s := target.Cluster.SuspendedAt(serial, r.Clock()); s != nil {
		remembered, err := memory.Recall(target.Cluster.Name, serial)
		return planned{plan: suspended(serial, target.Cluster.Peers[serial].Alias, s, remembered)}, err
	}
	desired, hashes, err := wishes.of(serial)
	if err != nil {
		return planned{}, err
	}
	r.tell(Event{Peer: serial, Phase: Reading})
	p, err := r.look(ctx, comparison{target: target, serial: serial, desired: desired, hashes: hashes, consents: consents, key: r.Key}, memory)
	if ctx.Err() != nil {
		release(p.provider)
		return planned{}, ctx.Err()
	}
	if state, lost := errors.AsType[stateError](err); lost {
		return planned{}, state.error
	}
	if err != nil {
		p = planned{plan: plan.Unreadable(serial, target.Cluster.Peers[serial].Alias, err)}
	}
	r.tell(Event{Peer: serial, Phase: Read, Problem: strings.Join(p.plan.Problems, "; ")})
	return p, nil
}

// suspended is the plan for a peer that is out of the relation: it is not even read. What was applied to
// it stays on record only if it is to be owed the difference when it returns.
func suspended(serial, alias string, s *schema.Suspended, m plan.Memory) plan.Peer {
	p := plan.Peer{Serial: serial, Alias: alias, Changes: []plan.Change{}, Suspended: cmp.Or(s.Reason, "no reason is given")}
	if !s.Accumulate {
		p.Forget = slices.Collect(maps.Keys(m.Base))
	}
	return p
}
