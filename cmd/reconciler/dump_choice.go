package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// choice is what a user wants to see.
type choice struct {
	serials []string
	kinds   []schema.Selection // of KIND in KIND/ID
	ids     []schema.Selection
	not     func(schema.Key) bool
}

func (o dumpOptions) choice(c *schema.Cluster) (choice, error) {
	chosen := choice{serials: c.Serials(), not: func(schema.Key) bool { return false }}
	if o.foreign {
		chosen.not = namedIn(c)
	}
	if len(o.peers) > 0 {
		chosen.serials = slices.SortedFunc(slices.Values(o.peers), schema.CompareSerials)
	}
	for _, serial := range chosen.serials {
		if _, known := c.Peers[serial]; !known {
			return chosen, failf(exitError, "--peer %s: there is no such peer; the peers are %s", serial, strings.Join(c.Serials(), ", "))
		}
	}
	kinds := slices.Sorted(maps.Keys(c.Provider.Kinds))
	for _, glob := range o.globs {
		kind, id, both := strings.Cut(glob, "/")
		if !both {
			id = "*"
		}
		of := schema.Selection{IDs: []string{kind}}
		if !slices.ContainsFunc(kinds, of.Names) {
			return chosen, failf(exitError, "%s: there is no such kind; the kinds are %s", glob, strings.Join(kinds, ", "))
		}
		chosen.kinds, chosen.ids = append(chosen.kinds, of), append(chosen.ids, schema.Selection{IDs: []string{id}})
	}
	return chosen, nil
}

func (c choice) has(key schema.Key) bool {
	if c.not(key) {
		return false
	}
	for i := range c.kinds {
		if c.kinds[i].Names(key.Kind) && c.ids[i].Names(key.ID) {
			return true
		}
	}
	return len(c.kinds) == 0
}

// namedIn tells whether a cluster's files name an item, in any scope.
func namedIn(c *schema.Cluster) func(schema.Key) bool {
	scopes := []schema.Items{c.Items}
	for _, group := range c.Groups {
		scopes = append(scopes, group.Items)
	}
	for _, peer := range c.Peers {
		scopes = append(scopes, peer.Items)
	}
	return func(key schema.Key) bool {
		return slices.ContainsFunc(scopes, func(items schema.Items) bool {
			_, there := items[key.Kind][key.ID]
			return there
		})
	}
}
