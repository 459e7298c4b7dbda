package reconcile

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Overrides are a user's consents to go beyond a cluster's guards, for one run.
type Overrides struct {
	MaxDeletes   string   `json:"maxDeletes,omitempty"`   // a number or a share, instead of guards.deletes
	MaxUpdates   string   `json:"maxUpdates,omitempty"`   // instead of guards.updates
	AllowEmpty   []string `json:"allowEmpty,omitempty"`   // serials of peers from which everything may go
	PruneForeign []string `json:"pruneForeign,omitempty"` // serials of peers on which what was never applied may be deleted, where guards.prune is all

	Reason string `json:"reason,omitempty"`
	By     string `json:"by,omitempty"` // who gave them
}

// Given tells whether there are any.
func (o Overrides) Given() bool {
	return o.MaxDeletes != "" || o.MaxUpdates != "" || len(o.AllowEmpty)+len(o.PruneForeign) > 0
}

// check refuses a consent about what there is not: whoever gives it means something else.
func (o Overrides) check(c *schema.Cluster) error {
	for _, consent := range []struct {
		flag    string
		serials []string
	}{{"--allow-empty", o.AllowEmpty}, {"--prune-foreign", o.PruneForeign}} {
		for _, serial := range consent.serials {
			if _, there := c.Peers[serial]; !there {
				return fmt.Errorf("%s %s: there is no such peer%s", consent.flag, serial, near(serial, c.Serials()))
			}
		}
	}
	prunesAll := func(class string) bool { return c.Guards.Prunes(class) == schema.PruneAll }
	if len(o.PruneForeign) > 0 && !slices.ContainsFunc(slices.Collect(maps.Keys(c.Provider.Classes)), prunesAll) {
		return errors.New("--prune-foreign: there is no class of which guards.prune says all, so that nothing would be deleted by it")
	}
	return nil
}

// near proposes what may have been meant.
func near(name string, among []string) string {
	if likely := schema.Nearest(name, among); likely != "" {
		return "; did you mean " + likely + "?"
	}
	return ""
}

// guards are those of the cluster, as far as the user has not gone beyond them.
func (o PlanOptions) guards(c *schema.Cluster) (plan.Guards, error) {
	g := plan.Guards{AllowEmpty: o.Overrides.AllowEmpty}
	deletes, err := limit(o.Overrides.MaxDeletes, "--max-deletes", c.Guards.Deletes, "guards.deletes")
	if err != nil {
		return g, err
	}
	updates, err := limit(o.Overrides.MaxUpdates, "--max-updates", c.Guards.Updates, "guards.updates")
	if err != nil {
		return g, err
	}
	g.Deletes, g.Updates = deletes, updates
	return g, o.Overrides.check(c)
}

func limit(given, flag string, declared any, field string) (plan.Limit, error) {
	if given != "" {
		return plan.ParseLimit(given, flag)
	}
	return plan.ParseLimit(declared, field)
}

// policy is what becomes of what Git does not name on a peer. What was protected when the cluster was last
// applied still is: else an item would lose its protection together with the block that gave it.
func (o PlanOptions) policy(c *schema.Cluster, serial string) plan.Policy {
	return plan.Policy{
		Prune:        func(kind string) string { return c.Guards.Prunes(c.Provider.Kinds[kind].Class) },
		Protected:    func(key schema.Key) string { return o.protected(c, key) },
		PruneForeign: slices.Contains(o.Overrides.PruneForeign, serial),
	}
}

// guarded is all that a policy depends on beside the peer.
func (o PlanOptions) guarded(c *schema.Cluster) any {
	if o.Before == nil {
		return []any{c.Guards}
	}
	return []any{c.Guards, o.Before.Cluster.Guards.Protect}
}

func (o PlanOptions) protected(c *schema.Cluster, key schema.Key) string {
	where := schema.JoinPath([]string{"guards", "protect", key.Kind})
	switch {
	case c.Guards.Protects(key):
		return where
	case o.Before != nil && o.Before.Cluster.Guards.Protects(key):
		return where + " when " + shortly(o.Before.Revision) + " was applied"
	}
	return ""
}

// shortly is a revision for people: of a full hash, what is enough to know it by.
func shortly(revision string) string {
	if len(revision) == 40 {
		return revision[:12]
	}
	return revision
}

// guard applies the guards to a round.
func (round *Round) guard(g plan.Guards) []plan.Refusal {
	if !slices.ContainsFunc(round.peers, func(p planned) bool { return p.draft != nil }) {
		return nil
	}
	drafts := make([]plan.Draft, len(round.peers))
	for i := range round.peers {
		p := &round.peers[i]
		if p.draft != nil {
			drafts[i] = *p.draft
		} else if p.provider != nil {
			drafts[i].In = named(round.target.Cluster, p.plan.Serial)
		}
		drafts[i].Peer = &p.plan
		p.draft = nil // it may be large
	}
	return plan.Guard(g, drafts)
}

// named is what Git names for a peer, without what it takes to write it.
func named(c *schema.Cluster, serial string) plan.Input {
	return plan.Input{
		Kinds: c.Shared(serial), Desired: c.Desired(serial),
		Leave: func(key schema.Key) bool { return c.Leaves(serial, key) },
	}
}

// overrides are those to report: none if none were given, and no reason for anything else.
func (o PlanOptions) overrides() *Overrides {
	if !o.Overrides.Given() && o.Overrides.Reason == "" {
		return nil
	}
	return &o.Overrides
}
