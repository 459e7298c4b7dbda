package load

import (
	"cmp"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// dependent finds what two evaluations have differently, apart from the bodies of items.
func (in Input) dependent(a, b *schema.Cluster) []schema.Problem {
	paths := disagreements([]string{"cluster"}, plain(bodiless(a)), plain(bodiless(b)))
	if len(paths) == 0 {
		return nil
	}
	in.Find = paths
	var found []schema.Problem
	for i, at := range find(in).Places {
		found = append(found, itemsOnly(paths[i], at))
	}
	return found
}

// bodiless is a cluster whose items are all empty, or null where one is taken away.
func bodiless(c *schema.Cluster) schema.Cluster {
	bare := *c
	bare.Items = empty(c.Items)
	bare.Groups, bare.Peers = maps.Clone(c.Groups), maps.Clone(c.Peers)
	for name, group := range bare.Groups {
		group.Items = empty(group.Items)
		bare.Groups[name] = group
	}
	for serial, peer := range bare.Peers {
		peer.Items = empty(peer.Items)
		bare.Peers[serial] = peer
	}
	return bare
}

func empty(items schema.Items) schema.Items {
	bare := schema.Items{}
	for kind, bodies := range items {
		bare[kind] = map[string]schema.Body{}
		for id, body := range bodies {
			bare[kind][id] = nil
			if body != nil {
				bare[kind][id] = schema.Body{}
			}
		}
	}
	return bare
}

// plain is a cluster as JSON has it, with the product at its label.
func plain(c schema.Cluster) map[string]any {
	data, _ := json.Marshal(c) // it came from JSON
	var value map[string]any
	_ = json.Unmarshal(data, &value)
	value["#provider"] = value["provider"]
	delete(value, "provider")
	return value
}

// disagreements are the paths at which two values differ, as deep as they lead.
func disagreements(path []string, a, b any) (paths [][]string) {
	left, okLeft := a.(map[string]any)
	right, okRight := b.(map[string]any)
	if !okLeft || !okRight {
		if reflect.DeepEqual(a, b) {
			return nil
		}
		return [][]string{path}
	}
	names := maps.Clone(left)
	maps.Copy(names, right)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		paths = append(paths, disagreements(append(slices.Clone(path), name), left[name], right[name])...)
	}
	return paths
}

// followers adds to found the items whose bodies two evaluations have differently, at whatever scope.
func followers(found map[schema.Key]bool, a, b *schema.Cluster) {
	add := func(a, b schema.Items) {
		for kind, bodies := range a {
			for id, body := range bodies {
				if !reflect.DeepEqual(body, b[kind][id]) {
					found[schema.Key{Kind: kind, ID: id}] = true
				}
			}
		}
	}
	add(a.Items, b.Items)
	for name, group := range a.Groups {
		add(group.Items, b.Groups[name].Items)
	}
	for serial, peer := range a.Peers {
		add(peer.Items, b.Peers[serial].Items)
	}
}

func byKind(a, b schema.Key) int {
	return cmp.Or(strings.Compare(a.Kind, b.Kind), schema.CompareSerials(a.ID, b.ID))
}
