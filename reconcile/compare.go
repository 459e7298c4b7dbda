package reconcile

import (
	"context"
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// comparison is what a peer is compared with.
type comparison struct {
	target     Target
	serial     string
	desired    schema.Items // secrets resolved
	remembered plan.Memory
	consents   consents
	policy     plan.Policy
	scope      *scope // nil: the run is about everything
}

// compare reads a peer and decides what has to change. Kinds that the peer does not share are read only
// where something is to go that their items may refer to.
func (r *Reconciler) compare(ctx context.Context, c comparison) (planned, error) {
	provider, err := r.Open(c.serial, c.target.Cluster.Peers[c.serial])
	if err != nil {
		return planned{}, err
	}
	observation, err := provider.Observe(ctx, slices.Sorted(maps.Keys(c.target.Cluster.Shared(c.serial))))
	if err != nil {
		return planned{}, err
	}
	p := c.diff(observation)
	if more := c.unlisted(p.plan); len(more) > 0 {
		others, err := provider.Observe(ctx, more)
		if err != nil {
			return planned{}, err
		}
		maps.Copy(observation.Kinds, others.Kinds)
		p = c.diff(observation)
	}
	p.provider, p.instance = provider, observation.Instance
	return p, nil
}

// unlisted are the kinds that are not managed on the peer, and have to be looked at all the same.
func (c comparison) unlisted(p plan.Peer) []string {
	others, kinds := c.others(), map[string]bool{}
	for _, change := range p.Changes {
		for _, hold := range change.Holds {
			if _, other := others[hold.By]; other && hold.Why == plan.Unlisted {
				kinds[hold.By] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(kinds))
}

// others are the kinds that are not managed on the peer.
func (c comparison) others() map[string]schema.Kind {
	others := maps.Clone(c.target.Cluster.Provider.Kinds)
	for kind := range c.target.Cluster.Shared(c.serial) {
		delete(others, kind)
	}
	return others
}

func (c comparison) diff(o schema.Observation) planned {
	cluster, m := c.target.Cluster, c.remembered
	kinds := cluster.Shared(c.serial)
	if m.Instance != o.Instance {
		m = plan.Memory{} // another installation under the same address: a stranger
	}
	base := plan.Resume(kinds, o, m.Base, m.Intents)
	in := plan.Input{
		Serial: c.serial, Alias: cluster.Peers[c.serial].Alias,
		Kinds: kinds, Others: c.others(), Revision: c.target.Revision, Desired: c.desired, Observed: o, Base: base,
		TakeOver: c.consents.takesOver(c.serial), Replace: c.consents.replaces,
		Leave:  func(key schema.Key) bool { return cluster.Leaves(c.serial, key) },
		Policy: c.policy, Target: c.scope.about(c.serial),
	}
	p := planned{plan: plan.Diff(in), seen: c.scope.seen(in)}
	if slices.ContainsFunc(p.plan.Changes, func(c plan.Change) bool { return c.Action != plan.Create }) {
		p.in = &in
	}
	p.unsettled = c.unsettle(m.Intents, in, p.plan)
	return p
}

// unsettle returns the intents of a run that was killed about which nothing is known yet, or nothing is to
// be recorded: this run is not about them. What that run did write of the others is known now, and must not
// be lost with its intents.
func (c comparison) unsettle(intents map[schema.Key]plan.Record, in plan.Input, p plan.Peer) map[schema.Key]plan.Record {
	unsettled := map[schema.Key]plan.Record{}
	for key, intent := range intents {
		_, managed := in.Kinds[key.Kind]
		_, unknown := plan.Listed(in.Observed, key.Kind)
		switch record, known := in.Base[key]; {
		case in.Target != nil && !in.Target(key):
			unsettled[key] = intent
		case !managed:
		case unknown != nil:
			unsettled[key] = intent
		case known && !slices.Contains(p.Forget, key):
			if _, planned := p.Records[key]; !planned {
				p.Records[key] = record
			}
		}
	}
	return unsettled
}
