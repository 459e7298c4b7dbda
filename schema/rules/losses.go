package rules

import (
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// losses finds what peers lose of a kind from one cluster to the next. It looks once at what all peers in
// one group have by the same share, and at a single peer only where it says something itself: to look at
// each item of each peer would be a matter of minutes.
type losses struct {
	old, next *schema.Cluster
	kind      string
	said      map[string]map[string]bool // by id, the peers that say something of that item
	found     map[cause]*loss
}

func lossesOf(old, next *schema.Cluster, kind string) map[cause]*loss {
	l := losses{old, next, kind, map[string]map[string]bool{}, map[cause]*loss{}}
	serials := stay(old, next)
	for _, serial := range serials {
		for _, items := range []schema.Items{old.Peers[serial].Items, next.Peers[serial].Items} {
			for id := range items[kind] {
				l.said[id] = with(l.said[id], serial, true)
			}
		}
	}
	for _, peers := range l.alike(serials) {
		l.ofMany(peers)
	}
	for id, peers := range l.said {
		for serial := range peers {
			if l.loses(serial, old.Peers[serial], next.Peers[serial], id) {
				l.add(id, []string{serial})
			}
		}
	}
	return l.found
}

// likeness is all that decides what a peer has of a kind, but for what it says of single items.
type likeness struct {
	group, share [2]string // before and after
	leaves       string    // the serial of one that leaves something to itself
}

func (l losses) alike(serials []string) map[likeness][]string {
	all := map[likeness][]string{}
	for _, serial := range serials {
		was, is := l.old.Peers[serial], l.next.Peers[serial]
		like := likeness{
			group: [2]string{was.Group, is.Group},
			share: [2]string{string(sharing(l.old, was, l.kind)), string(sharing(l.next, is, l.kind))},
		}
		if has(was.Leave, l.kind) || has(is.Leave, l.kind) {
			like.leaves = serial
		}
		all[like] = append(all[like], serial)
	}
	return all
}

// ofMany finds what alike peers lose.
func (l losses) ofMany(peers []string) {
	was, is := l.old.Peers[peers[0]], l.next.Peers[peers[0]]
	was.Items, is.Items = nil, nil
	for id := range l.touched(was, is) {
		if l.loses(peers[0], was, is, id) {
			l.add(id, l.silent(peers, id))
		}
	}
}

// silent are the peers that say nothing of an item.
func (l losses) silent(peers []string, id string) []string {
	if len(l.said[id]) == 0 {
		return peers
	}
	return slices.DeleteFunc(slices.Clone(peers), func(serial string) bool { return l.said[id][serial] })
}

// touched are the ids of which peers may have lost one; all others they have from the whole cluster, as before.
func (l losses) touched(was, is schema.Peer) map[string]bool {
	touched := map[string]bool{}
	for _, items := range []schema.Items{l.old.Groups[was.Group].Items, l.next.Groups[is.Group].Items} {
		for id := range items[l.kind] {
			touched[id] = true
		}
	}
	for id := range l.old.Items[l.kind] {
		if l.next.Items[l.kind][id] == nil || sharing(l.next, is, l.kind) != schema.WithAll {
			touched[id] = true
		}
	}
	return touched
}

func (l losses) loses(serial string, was, is schema.Peer, id string) bool {
	key := schema.Key{Kind: l.kind, ID: id}
	return source(l.old, was, key) != nowhere && source(l.next, is, key) == nowhere &&
		l.old.Guards.Protect[l.kind].Names(id) && managed(l.old, serial, key) && managed(l.next, serial, key)
}

// add notes that peers lose an item alike.
func (l losses) add(id string, peers []string) {
	if len(peers) == 0 {
		return
	}
	c := cause{id, l.by(peers[0], id), l.from(peers[0], id)}
	if l.found[c] == nil {
		l.found[c] = &loss{}
	}
	found := l.found[c]
	found.peers += len(peers)
	found.first = append(found.first, peers[:min(shown+1, len(peers))]...)
	slices.SortFunc(found.first, schema.CompareSerials)
	found.first = found.first[:min(shown+1, len(found.first))]
}

// by is what takes an item from a peer: a null, another group, a narrower share, or that it is not declared
// any more.
func (l losses) by(serial, id string) place {
	was, is, from := l.old.Peers[serial], l.next.Peers[serial], l.from(serial, id)
	switch {
	case has(is.Items[l.kind], id):
		return place{scope: ofPeer, name: serial}
	case has(l.next.Groups[is.Group].Items[l.kind], id):
		return place{scope: ofGroup, name: is.Group}
	case from.scope == ofGroup && was.Group != is.Group:
		return place{scope: ofPeer, name: serial, field: "group"}
	case from.scope == ofCluster && l.next.Items[l.kind][id] != nil:
		return place{scope: ofPeer, name: serial, field: "share"}
	}
	return from
}

// from is where an item was declared that a peer had.
func (l losses) from(serial, id string) place {
	peer := l.old.Peers[serial]
	switch source(l.old, peer, schema.Key{Kind: l.kind, ID: id}) {
	case ofPeer:
		return place{scope: ofPeer, name: serial}
	case ofGroup:
		return place{scope: ofGroup, name: peer.Group}
	default:
		return place{scope: ofCluster}
	}
}
