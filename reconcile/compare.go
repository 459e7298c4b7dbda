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
	hashes     hashes       // of what is desired
	remembered plan.Memory
	consents   consents
	key        []byte // under which secrets are marked
}

// compare reads a peer and decides what has to change. Kinds that the peer does not share are read only
// where something is to go that their items may refer to.
func (c comparison) compare(ctx context.Context, provider Provider) (planned, error) {
	observation, err := provider.Observe(ctx, slices.Sorted(maps.Keys(c.target.Cluster.Shared(c.serial))))
	if err != nil {
		return planned{}, err
	}
	p := planned{provider: provider, instance: observation.Instance}
	if p.shown, err = c.translate(ctx, observation); err != nil {
		return planned{}, err
	}
	p.plan, p.unsettled = c.diff(observation, p.shown)
	if more := c.unlisted(p.plan); len(more) > 0 {
		others, err := provider.Observe(ctx, more)
		if err != nil {
			return planned{}, err
		}
		maps.Copy(observation.Kinds, others.Kinds)
		p.plan, p.unsettled = c.diff(observation, p.shown)
	}
	p.plan.Warnings = observation.Warnings
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

// diff also returns the intents of a run that was killed about which nothing is known yet.
func (c comparison) diff(o schema.Observation, seen shown) (plan.Peer, map[schema.Key]plan.Record) {
	cluster, m := c.target.Cluster, c.remembered
	kinds := cluster.Shared(c.serial)
	if m.Instance != o.Instance {
		m = plan.Memory{} // another installation under the same address: a stranger
	}
	base := plan.Resume(kinds, o, m.Base, m.Intents)
	p := plan.Diff(plan.Input{
		Serial: c.serial, Alias: cluster.Peers[c.serial].Alias,
		Kinds: kinds, Others: c.others(), Revision: c.target.Revision, Desired: c.desired, Observed: o, Base: base, Shown: seen,
		TakeOver: c.consents.takesOver(c.serial), Replace: c.consents.replaces,
		Leave: func(key schema.Key) bool { return cluster.Leaves(c.serial, key) },
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
