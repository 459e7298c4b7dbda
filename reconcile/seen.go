package reconcile

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// patterns are all that have ids, which are known only when the peers have been read.
func (s *scope) patterns() []pattern {
	var all []pattern
	if s == nil {
		return nil
	}
	for _, patterns := range [][]pattern{s.targets, s.excludes} {
		for _, p := range patterns {
			if p.id != nil {
				all = append(all, p)
			}
		}
	}
	return all
}

// seen returns the patterns that match something on a peer: in Git, applied once, or there.
func (s *scope) seen(in plan.Input) map[string]bool {
	seen := map[string]bool{}
	for _, p := range s.patterns() {
		if p.sees(in) {
			seen[p.flag+p.text] = true
		}
	}
	return seen
}

func (p pattern) sees(in plan.Input) bool {
	if !p.peer.MatchString(in.Serial) {
		return false
	}
	for kind := range in.Kinds {
		for _, items := range []map[string]schema.Body{in.Desired[kind], in.Observed.Kinds[kind].Items} {
			for id := range items {
				if p.matches(in.Serial, schema.Key{Kind: kind, ID: id}) {
					return true
				}
			}
		}
	}
	for key := range in.Base {
		if p.matches(in.Serial, key) {
			return true
		}
	}
	return false
}

// unseen is the error for a pattern that matches nothing. While a peer that it may be about could not be
// read, nobody knows.
func (s *scope) unseen(c *schema.Cluster, peers []planned) error {
	for _, p := range s.patterns() {
		known := false
		for _, peer := range peers {
			unread := len(peer.plan.Problems) > 0 || peer.plan.Suspended != ""
			known = known || peer.seen[p.flag+p.text] || unread && p.peer.MatchString(peer.plan.Serial)
		}
		if !known {
			return fmt.Errorf("%s %s: there is no such item, neither in Git nor on the peers that this run looks at%s", p.flag, p.text, p.near(c))
		}
	}
	return nil
}

// near proposes the item in Git that may have been meant.
func (p pattern) near(c *schema.Cluster) string {
	names := map[string]bool{}
	add := func(all schema.Items) {
		for kind, bodies := range all {
			for id := range bodies {
				if p.kind.MatchString(kind) {
					names[kind+"/"+id] = true
				}
			}
		}
	}
	add(c.Items)
	for _, group := range c.Groups {
		add(group.Items)
	}
	for _, peer := range c.Peers {
		add(peer.Items)
	}
	return near(p.item, slices.Collect(maps.Keys(names)))
}
