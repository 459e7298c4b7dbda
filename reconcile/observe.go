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

	Survey   bool      `json:"-"` // every peer is read whole, and what it holds is to be had of the round
	Rollback *Rollback `json:"-"` // puts peers back to what they held, instead of to what is desired; nil: does not

	Overrides Overrides
	Targeting Targeting
	Before    *Target `json:"-"` // what was last applied, as far as it is known; nil: nothing
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
	unlisted  map[string]bool            // kinds of which not all items are known
	unread    []plan.Change              // of a saved plan: what nothing could be found out about

	before before                      // what is about to be overwritten
	after  map[schema.Key]*plan.Record // in a rollback: what is remembered of each item once it is put back
	pins   map[schema.Key]*plan.Pin    // the same, and what keeps it so

	surveyed Surveyed // if that was wished for

	draft *plan.Draft     // what guards have to know; nil if none can be about it
	seen  map[string]bool // patterns that match something here
}

// Plan reads every peer, a bounded number at a time, and compares it with what is desired. A peer that
// cannot be read has its problem in the plan; the error is for what keeps everything from being planned:
// a consent to what there is not, an unknown secret, a state that cannot be read, or ctx.
func (r *Reconciler) Plan(ctx context.Context, target Target, memory Memory, o PlanOptions) (*Round, error) {
	consents, err := o.consents(target.Cluster)
	if err != nil {
		return nil, err
	}
	guards, err := o.guards(target.Cluster)
	if err != nil {
		return nil, err
	}
	scope, err := o.Targeting.scope(target.Cluster)
	if err != nil {
		return nil, err
	}
	wishes := r.wishes(target.Cluster)
	serials := slices.DeleteFunc(o.Rollback.peers(target.Cluster.Serials()), func(serial string) bool { return !scope.looksAt(target.Cluster, serial) })
	round := &Round{target: target, options: o, peers: make([]planned, len(serials))}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.parallelism())
	for i, serial := range serials {
		group.Go(func() (err error) {
			round.peers[i], err = r.planPeer(ctx, wishes, memory, comparison{
				target: target, serial: serial, consents: consents, policy: o.policy(target.Cluster, serial), scope: scope,
				key: r.Key, back: o.Rollback.of(serial), guards: o.guarded(target.Cluster), survey: o.Survey,
			})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		round.Close()
		return nil, err
	}
	round.Plan = plan.Plan{Version: 1, Cluster: target.Cluster.Name, Revision: target.Revision, TwoWay: o.TwoWay, Rollback: o.Rollback.name(), Peers: []plan.Peer{}}
	round.Plan.Refusals = round.guard(guards)
	for i := range round.peers {
		round.peers[i].plan.Narrow()
		round.Plan.Peers = append(round.Plan.Peers, round.peers[i].plan)
	}
	round.Plan.Targeted = scope.leftOut(target.Cluster, round.Plan.Peers)
	return round, scope.unseen(target.Cluster, round.peers)
}

func (r *Reconciler) planPeer(ctx context.Context, wishes *wishes, memory Memory, c comparison) (planned, error) {
	target, serial := c.target, c.serial
	if s := target.Cluster.SuspendedAt(serial, r.Clock()); s != nil {
		remembered, err := memory.Recall(target.Cluster.Name, serial)
		return c.scope.unread(planned{plan: suspended(serial, target.Cluster.Peers[serial].Alias, s, remembered)}), err
	}
	desired, hashes, err := wishes.of(serial)
	if err != nil {
		return planned{}, err
	}
	r.tell(Event{Peer: serial, Phase: Reading})
	c.desired, c.hashes = desired, hashes
	p, err := r.look(ctx, c, memory)
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
