package assign

import (
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// carrier is holders that have the same items, by the numbers of their places.
type carrier struct {
	places []int
	serial string // one of them
}

// carriers are those who hold a role now, those together that must have the same items of the kinds it runs.
func (t *table) carriers() []carrier {
	var carriers []carrier
	index := map[string]int{}
	kinds := slices.Sorted(maps.Keys(t.role.Runs))
	for i := range t.chairs {
		place, serial := t.chairs[i].number, t.chairs[i].seating.Holder
		if _, there := t.index[serial]; !there {
			continue
		}
		like := t.likeness(serial, kinds)
		at, known := index[like]
		if !known {
			at = len(carriers)
			index[like] = at
			carriers = append(carriers, carrier{serial: serial})
		}
		carriers[at].places = append(carriers[at].places, place)
	}
	return carriers
}

// likeness is equal for peers that have the same items of some kinds, since the same scopes say so.
func (t *table) likeness(serial string, kinds []string) string {
	p := t.in.Cluster.Peers[serial]
	parts := []string{p.Group}
	for _, kind := range kinds {
		if len(p.Items[kind]) > 0 || len(p.Leave) > 0 {
			return "\x00" + serial
		}
		parts = append(parts, string(p.Share[t.in.Cluster.Provider.Kinds[kind].Class]))
	}
	return strings.Join(parts, "\x00")
}

// carries are the items that a role runs on a peer.
func (t *table) carries(serial string) []schema.Key {
	var keys []schema.Key
	desired := t.in.Cluster.Desired(serial)
	for kind, selection := range t.role.Runs {
		if t.in.Cluster.Provider.Kinds[kind].Lever == nil {
			continue
		}
		for id := range desired[kind] {
			key := schema.Key{Kind: kind, ID: id}
			if selection.Names(id) && !t.in.Cluster.Leaves(serial, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}
