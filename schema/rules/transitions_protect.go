package rules

import (
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// protectedDropped names each protected item that peers were to have and are to have no longer, once for
// all that lose it by the same change. What a peer shares no more, or is left to it, stays there.
func protectedDropped(old, next *schema.Cluster, report report) {
	type loss struct{ at, from []string }
	all, losers := map[string]loss{}, map[string][]string{}
	l := newLosses(old, next)
	for _, serial := range stay(old, next) {
		for _, key := range l.of(serial) {
			from := below(source(old, serial, key).path(old, serial), key.Kind, key.ID)
			loss := loss{l.change(serial, key), from}
			id := schema.JoinPath(slices.Concat(loss.at, loss.from))
			all[id] = loss
			losers[id] = append(losers[id], serial)
		}
	}
	for id, loss := range all {
		kind, item := loss.from[len(loss.from)-2], loss.from[len(loss.from)-1]
		b := report(loss.at, "%s %q is protected, and %s would lose it", kind, item, some(losers[id]))
		b.see(loss.from, "it was declared")
		b.see(path("guards", "protect", kind), "it was protected")
	}
}

// losses finds what peers lose from one cluster to the next, without looking at each item of each peer.
type losses struct {
	old, next *schema.Cluster
	dropped   map[string][]string // by kind: protected ids that were declared for all, and are no more
}

func newLosses(old, next *schema.Cluster) losses {
	l := losses{old, next, map[string][]string{}}
	for kind, protected := range old.Guards.Protect {
		for id := range old.Items[kind] {
			if next.Items[kind][id] == nil && protected.Names(id) {
				l.dropped[kind] = append(l.dropped[kind], id)
			}
		}
	}
	return l
}

// of are the protected items that a peer loses.
func (l losses) of(serial string) []schema.Key {
	var lost []schema.Key
	for kind, protected := range l.old.Guards.Protect {
		for id := range l.touched(serial, kind) {
			key := schema.Key{Kind: kind, ID: id}
			gone := source(l.old, serial, key) != nowhere && source(l.next, serial, key) == nowhere
			if gone && protected.Names(id) && managed(l.old, serial, key) && managed(l.next, serial, key) {
				lost = append(lost, key)
			}
		}
	}
	return lost
}

// touched are the ids of which a peer may have lost one: all others it has from the whole cluster, as before.
func (l losses) touched(serial, kind string) map[string]bool {
	was, is := l.old.Peers[serial], l.next.Peers[serial]
	touched := map[string]bool{}
	for _, id := range l.dropped[kind] {
		touched[id] = true
	}
	items := []schema.Items{was.Items, is.Items, l.old.Groups[was.Group].Items, l.next.Groups[is.Group].Items}
	if !sharesAll(l.next, is, kind) {
		items = append(items, l.old.Items)
	}
	for _, items := range items {
		for id := range items[kind] {
			touched[id] = true
		}
	}
	return touched
}

// change is the path of what takes an item from a peer: a null, another group, a narrower share, or that it
// is not declared any more.
func (l losses) change(serial string, key schema.Key) []string {
	was, is, from := l.old.Peers[serial], l.next.Peers[serial], source(l.old, serial, key)
	switch {
	case has(is.Items[key.Kind], key.ID):
		return path("peers", serial, "items", key.Kind, key.ID)
	case has(l.next.Groups[is.Group].Items[key.Kind], key.ID):
		return path("groups", is.Group, "items", key.Kind, key.ID)
	case from == ofGroup && was.Group != is.Group:
		return path("peers", serial, "group")
	case from == ofCluster && l.next.Items[key.Kind][key.ID] != nil:
		return path("peers", serial, "share", l.next.Provider.Kinds[key.Kind].Class)
	}
	return below(from.path(l.old, serial), key.Kind, key.ID)
}
