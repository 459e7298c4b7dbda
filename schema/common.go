package schema

import (
	"maps"
	"reflect"
	"slices"
)

// Deal is what peers hold as one would write it: what most of them have once, and what differs at each.
type Deal struct {
	Items Items            // at cluster scope
	Peers map[string]Items // merge patches by serial; a nil body takes the item away
}

// DealOut finds what peers have in common. Merged again, each peer holds exactly what it held: its patch
// over the item at cluster scope. An item that more than half of the peers have stands at cluster scope, as
// most of them have it, or the first of those; every other one stands at its peer. with says which peers
// take a kind from cluster scope at all. held are whole bodies by serial, in which no object has a null.
func DealOut(held map[string]Items, with func(serial, kind string) bool) Deal {
	deal := Deal{Items: Items{}, Peers: map[string]Items{}}
	serials := slices.SortedFunc(maps.Keys(held), CompareSerials)
	for _, key := range keysOf(held) {
		among := slices.DeleteFunc(slices.Clone(serials), func(s string) bool { return !with(s, key.Kind) })
		common := usual(held, among, key)
		if common != nil {
			put(deal.Items, key, common)
		}
		for _, serial := range serials {
			start := common
			if !with(serial, key.Kind) {
				start = nil
			}
			body, has := held[serial][key.Kind][key.ID]
			switch {
			case !has && start != nil:
				deal.patch(serial, key, nil)
			case has && (start == nil || !reflect.DeepEqual(body, start)):
				deal.patch(serial, key, Difference(start, body))
			}
		}
	}
	return deal
}

func (d Deal) patch(serial string, key Key, patch Body) {
	if d.Peers[serial] == nil {
		d.Peers[serial] = Items{}
	}
	put(d.Peers[serial], key, patch)
}

func put(items Items, key Key, body Body) {
	if items[key.Kind] == nil {
		items[key.Kind] = map[string]Body{}
	}
	items[key.Kind][key.ID] = body
}

func keysOf(held map[string]Items) []Key {
	var keys []Key
	for _, items := range held {
		for kind, bodies := range items {
			for id := range bodies {
				keys = append(keys, Key{Kind: kind, ID: id})
			}
		}
	}
	return sortedKeys(keys)
}

// usual is the body that most of these peers have of an item, nil where no more than half have any. Of
// several that equally many have it is the first peer's.
func usual(held map[string]Items, serials []string, key Key) Body {
	var bodies []Body
	for _, serial := range serials {
		if body, has := held[serial][key.Kind][key.ID]; has {
			bodies = append(bodies, body)
		}
	}
	if 2*len(bodies) <= len(serials) {
		return nil
	}
	var best Body
	most := 0
	for _, body := range bodies {
		if 2*most > len(bodies) {
			break // no other can be had by as many
		}
		n := 0
		for _, other := range bodies {
			if reflect.DeepEqual(body, other) {
				n++
			}
		}
		if n > most {
			best, most = body, n
		}
	}
	return best
}

// Difference is the merge patch that makes a body another one: Merge(from, Difference(from, to)) is to. No
// object in to has a null, which a patch cannot write.
func Difference(from, to map[string]any) map[string]any {
	patch := map[string]any{}
	for name, want := range to {
		has, there := from[name]
		object, isObject := want.(map[string]any)
		below, wasObject := has.(map[string]any)
		switch {
		case there && reflect.DeepEqual(has, want):
		case isObject && wasObject:
			patch[name] = Difference(below, object)
		default:
			patch[name] = want
		}
	}
	for name := range from {
		if _, stays := to[name]; !stays {
			patch[name] = nil
		}
	}
	return patch
}
