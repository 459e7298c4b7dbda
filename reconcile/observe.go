package reconcile

import (
	"cmp"
	"context"
	"fmt"
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
	TwoWay   bool     // there is no state: say so in the plan
}

// Round is a plan, and what is needed to carry it out.
type Round struct {
	Plan   plan.Plan
	target Target
	peers  []planned
}

// planned is one peer of a round.
type planned struct {
	provider  Provider // nil if the peer could not be read
	instance  string
	plan      plan.Peer
	shown     shown                      // in the places of secrets, when the plan was made
	unsettled map[schema.Key]plan.Record // intents of an earlier run about which nothing is known yet
}

// Plan reads every peer, a bounded number at a time, and compares it with what is desired. A peer that
// cannot be read has its problem in the plan; the error is for what keeps everything from being planned:
// an unknown secret, a state that cannot be read, or ctx.
func (r *Reconciler) Plan(ctx context.Context, target Target, memory Memory, o PlanOptions) (*Round, error) {
	serials := target.Cluster.Serials()
	for _, serial := range o.TakeOver {
		if !slices.Contains(serials, serial) {
			return nil, fmt.Errorf("take over %s: there is no such peer", serial)
		}
	}
	round := &Round{target: target, peers: make([]planned, len(serials))}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.parallelism())
	for i, serial := range serials {
		group.Go(func() (err error) {
			round.peers[i], err = r.planPeer(ctx, target, serial, memory, slices.Contains(o.TakeOver, serial))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	round.Plan = plan.Plan{Version: 1, Cluster: target.Cluster.Name, Revision: target.Revision, TwoWay: o.TwoWay, Peers: []plan.Peer{}}
	for _, peer := range round.peers {
		round.Plan.Peers = append(round.Plan.Peers, peer.plan)
	}
	return round, nil
}

func (r *Reconciler) planPeer(ctx context.Context, target Target, serial string, memory Memory, takeOver bool) (planned, error) {
	remembered, err := memory.Recall(target.Cluster.Name, serial)
	if err != nil {
		return planned{}, err
	}
	if s := target.Cluster.SuspendedAt(serial, r.Clock()); s != nil {
		return planned{plan: suspended(serial, target.Cluster.Peers[serial].Alias, s, remembered)}, nil
	}
	desired, err := r.seal(target.Cluster, serial)
	if err != nil {
		return planned{}, err
	}
	r.tell(Event{Peer: serial, Phase: Reading})
	p, observation, err := r.observe(ctx, target.Cluster, serial)
	if ctx.Err() != nil {
		return planned{}, ctx.Err()
	}
	if err != nil {
		p = planned{plan: plan.Unreadable(serial, target.Cluster.Peers[serial].Alias, err)}
	} else {
		if p.shown, err = r.translate(ctx, target.Cluster, desired, remembered.Base, observation); err != nil {
			return planned{}, err
		}
		p.plan, p.unsettled = diff(target, serial, desired, remembered, observation, p.shown, takeOver)
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

func (r *Reconciler) observe(ctx context.Context, c *schema.Cluster, serial string) (planned, schema.Observation, error) {
	provider, err := r.Open(serial, c.Peers[serial])
	if err != nil {
		return planned{}, schema.Observation{}, err
	}
	observation, err := provider.Observe(ctx, slices.Sorted(maps.Keys(c.Shared(serial))))
	if err != nil {
		return planned{}, schema.Observation{}, err
	}
	return planned{provider: provider, instance: observation.Instance}, observation, nil
}

// diff also returns the intents of a run that was killed about which nothing is known yet.
func diff(target Target, serial string, desired schema.Items, m plan.Memory, o schema.Observation, seen shown, takeOver bool) (plan.Peer, map[schema.Key]plan.Record) {
	kinds := target.Cluster.Shared(serial)
	if m.Instance != o.Instance {
		m = plan.Memory{} // another installation under the same address: a stranger
	}
	base := plan.Resume(kinds, o, m.Base, m.Intents)
	p := plan.Diff(plan.Input{
		Serial: serial, Alias: target.Cluster.Peers[serial].Alias,
		Kinds: kinds, Revision: target.Revision, Desired: desired, Observed: o, Base: base, Shown: seen, TakeOver: takeOver,
		Leave: func(key schema.Key) bool { return target.Cluster.Leaves(serial, key) },
	})
	unsettled := map[schema.Key]plan.Record{}
	for key, intent := range m.Intents {
		_, managed := kinds[key.Kind]
		_, unknown := plan.Listed(o, key.Kind)
		switch record, known := base[key]; {
		case !managed:
		case unknown != nil:
			unsettled[key] = intent
		case known && !slices.Contains(p.Forget, key):
			// What the run did write is known now, and must not be lost with its intents.
			if _, planned := p.Records[key]; !planned {
				p.Records[key] = record
			}
		}
	}
	return p, unsettled
}
