package rules

import (
	"github.com/gitops-reconciler/reconciler/schema"
)

// protectedDropped names each protected item that peers were to have and are to have no longer, once for
// all that lose it alike. What a peer shares no more, or is left to it, stays there.
func protectedDropped(old, next *schema.Cluster, report report) {
	for kind := range old.Guards.Protect {
		for c, loss := range lossesOf(old, next, kind) {
			class := next.Provider.Kinds[kind].Class
			b := report(c.by.path(kind, c.id, class), "%s %q is protected, and %s would lose it", kind, c.id, someOf(loss.first, loss.peers))
			b.see(c.from.path(kind, c.id, class), "it was declared")
			b.see(path("guards", "protect", kind), "it was protected")
		}
	}
}

// cause is how an item is lost.
type cause struct {
	id       string
	by, from place // what takes it away, in the next cluster; where it was declared, in the old one
}

// loss is how many peers lose an item by one cause, and the first few of them in their order.
type loss struct {
	peers int
	first []string
}

// place is an item at a scope, or the group or the share of a peer.
type place struct {
	scope origin
	name  string // the peer's or the group's
	field string // group, share, or "" for the item
}

func (p place) path(kind, id, class string) []string {
	switch {
	case p.field == "share":
		return path("peers", p.name, "share", class)
	case p.field == "group":
		return path("peers", p.name, "group")
	case p.scope == ofPeer:
		return path("peers", p.name, "items", kind, id)
	case p.scope == ofGroup:
		return path("groups", p.name, "items", kind, id)
	}
	return path("items", kind, id)
}
