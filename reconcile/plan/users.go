package plan

import (
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Users returns, of each of the items, those of an observation that refer to it, in order. What could not
// be listed is left out.
func Users(kinds map[string]schema.Kind, o schema.Observation, of []schema.Key) map[schema.Key][]schema.Key {
	users := make(map[schema.Key][]schema.Key, len(of))
	for _, key := range of {
		users[key] = nil
	}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		kind := kinds[name]
		if !slices.ContainsFunc(of, func(key schema.Key) bool { return kind.RefersTo(key.Kind) }) {
			continue
		}
		for id, body := range o.Kinds[name].Items {
			user := schema.Key{Kind: name, ID: id}
			for _, key := range kind.References(body) {
				if _, asked := users[key]; asked && key != user {
					users[key] = append(users[key], user)
				}
			}
		}
	}
	for key := range users {
		slices.SortFunc(users[key], compareKeys)
	}
	return users
}

// Referring returns the kinds whose items may refer to those of a kind, sorted.
func Referring(kinds map[string]schema.Kind, to string) []string {
	var names []string
	for name, kind := range kinds {
		if kind.RefersTo(to) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
