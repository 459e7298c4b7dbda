package rules

import (
	"github.com/gitops-reconciler/reconciler/schema"
)

func leaveRules() []Rule {
	return []Rule{
		{"leave-kind-exists", "What is left to a peer is of a kind that the provider has.", "write a kind that the provider has", "MSS-20", leaveKindExists},
		{"leave-or-declare", "What is left to a peer is not declared for it.", "drop the item, or do not leave it", "MSS-24", leaveOrDeclare},
	}
}

func leaveKindExists(c *schema.Cluster, report report) {
	eachLeave(c, func(path []string, leave map[string]schema.Selection) {
		for kind := range leave {
			if !has(c.Provider.Kinds, kind) {
				report(below(path, kind), "%s has no kind %q; its kinds are: %s", c.Provider.Name, kind, list(c.Provider.Kinds))
			}
		}
	})
}

// leaveOrDeclare looks within one scope: a wider scope may declare what a narrower one leaves.
func leaveOrDeclare(c *schema.Cluster, report report) {
	check := func(path []string, leave map[string]schema.Selection, items schema.Items) {
		for kind, selection := range leave {
			for id := range items[kind] {
				if selection.Names(id) {
					report(below(path, "items", kind, id), "it is declared here, and left to the peer by leave.%s", kind).
						see(below(path, "leave", kind), "it is left to the peer here")
				}
			}
		}
	}
	check(path(), c.Leave, c.Items)
	for name, group := range c.Groups {
		check(path("groups", name), group.Leave, group.Items)
	}
	for serial, peer := range c.Peers {
		check(path("peers", serial), peer.Leave, peer.Items)
	}
}
