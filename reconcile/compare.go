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
	policy     plan.Policy
	scope      *scope         // nil: the run is about everything
	key        []byte         // under which secrets are marked
	back       *plan.Rollback // what it is to be put back to; nil: to what is desired
	guards     any            // all that the policy depends on, for the fingerprint
	survey     bool           // what the peer holds is wanted too
}

// compare reads a peer and decides what has to change. Kinds that the peer does not share are read only
// where something is to go that their items may refer to.
func (c comparison) compare(ctx context.Context, provider Provider) (planned, error) {
	observation, err := provider.Observe(ctx, slices.Sorted(maps.Keys(c.target.Cluster.Shared(c.serial))))
	if err != nil {
		return planned{}, err
	}
	p := planned{provider: provider, instance: observation.Instance}
	if c.survey { // before what stands for a secret is translated
		p.surveyed = surveyed(c.target.Cluster, c.serial, observation)
	}
	if p.shown, err = c.translate(ctx, observation); err != nil {
		return planned{}, err
	}
	c.diff(&p, observation)
	if more := c.unlisted(p.plan); len(more) > 0 {
		others, err := provider.Observe(ctx, more)
		if err != nil {
			return planned{}, err
		}
		maps.Copy(observation.Kinds, others.Kinds)
		c.diff(&p, observation)
	}
	p.plan.Warnings = observation.Warnings
	p.unlisted = unlisted(observation)
	p.before = c.before(p.plan, observation)
	return p, nil
}

// unlisted are the kinds that could not be listed whole.
func unlisted(o schema.Observation) map[string]bool {
	kinds := map[string]bool{}
	for kind := range o.Kinds {
		if _, err := plan.Listed(o, kind); err != nil {
			kinds[kind] = true
		}
	}
	return kinds
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

// base is what was last applied to the peer, and what else is remembered of it.
func (c comparison) base(o schema.Observation) (map[schema.Key]plan.Record, plan.Memory) {
	m := c.remembered
	if m.Instance != o.Instance {
		m = plan.Memory{} // another installation under the same address: a stranger
	}
	return plan.Resume(c.target.Cluster.Shared(c.serial), o, m.Base, m.Intents), m
}

// diff plans, and finds the intents of a run that was killed about which nothing is known yet.
func (c comparison) diff(to *planned, o schema.Observation) {
	cluster := c.target.Cluster
	kinds := cluster.Shared(c.serial)
	base, m := c.base(o)
	in := plan.Input{
		Serial: c.serial, Alias: cluster.Peers[c.serial].Alias,
		Kinds: kinds, Others: c.others(), Revision: c.target.Revision, Desired: c.desired, Observed: o, Base: base,
		Shown: to.shown, Pins: m.Pins,
		TakeOver: c.consents.takesOver(c.serial), Replace: c.consents.replaces,
		Leave:  func(key schema.Key) bool { return cluster.Leaves(c.serial, key) },
		Policy: c.policy, Target: c.scope.about(c.serial),
	}
	draft := c.decide(to, in)
	to.seen, to.draft = c.scope.seen(in), nil
	if slices.ContainsFunc(to.plan.Changes, func(c plan.Change) bool { return c.Action != plan.Create }) {
		to.draft = &draft
	}
	to.unsettled = c.unsettle(m.Intents, in, to.plan)
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

// decide compares with what is desired or, in a rollback, with what was there; then it also notes what is
// remembered of each item that is put back. It returns what guards have to know.
func (c comparison) decide(to *planned, in plan.Input) plan.Draft {
	if c.back == nil {
		to.plan = plan.Diff(in)
		return plan.Draft{In: in}
	}
	restoration := plan.Restore(in, *c.back)
	to.plan, to.after, to.pins = restoration.Peer, restoration.After, restoration.Pins
	return plan.Draft{In: restoration.In, Ours: restoration.Ours}
}
