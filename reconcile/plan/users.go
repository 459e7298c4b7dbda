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

// mostNamed is how many of the items that stand in the way of one change are named.
const mostNamed = 3

// inUse says what will still refer to an item that is to go, as far as that is known.
func (r *relations) inUse(c *Change) []Hold {
	var holds []Hold
	for _, kind := range Referring(r.kinds, c.Kind) {
		if _, err := Listed(r.in.Observed, kind); err != nil {
			holds = append(holds, Hold{Why: Unlisted, By: kind})
		}
	}
	users := r.stillUse(c)
	for i, user := range users[:min(mostNamed, len(users))] {
		h := Hold{Why: InUse, By: user.String(), Foreign: r.foreign(user), Waits: r.waits(user), LeftOut: r.leftOut(user)}
		if i == mostNamed-1 {
			h.More = len(users) - mostNamed
		}
		holds = append(holds, h)
	}
	return holds
}

// stillUse are the items that refer to the one that is to go when that is to happen, in order.
func (r *relations) stillUse(c *Change) []schema.Key {
	var users []schema.Key
	for _, user := range r.users[c.Key] {
		if r.stays(user, c) && !r.bothLimited(c, user) {
			users = append(users, user)
		}
	}
	if c.Action == Delete {
		users = append(users, r.wants[c.Key]...)
	}
	users = slices.DeleteFunc(users, func(user schema.Key) bool { return user == c.Key })
	slices.SortFunc(users, compareKeys)
	return slices.Compact(users)
}

// stays tells whether an item refers to the one that is to go as long as it does now: to the end for a
// deletion; for a replacement until something is written, so that only what is deleted too lets go.
func (r *relations) stays(user schema.Key, c *Change) bool {
	change := r.changes[user]
	return change == nil || change.Held || c.Action == Replace && (change.Action != Delete || !r.early(change))
}

// bothLimited tells whether guards hold a change and another one: then what lifts the one is asked for the
// other too, and neither is in the way of the other.
func (r *relations) bothLimited(c *Change, other schema.Key) bool {
	return r.limited[c.Key] && r.limited[other]
}

// waits tells whether an item has a change that is held.
func (r *relations) waits(key schema.Key) bool {
	change := r.changes[key]
	return change != nil && change.Held
}

// foreign tells whether an item on the peer is neither wanted nor was ever applied.
func (r *relations) foreign(key schema.Key) bool {
	_, wanted := r.in.Desired[key.Kind][key.ID]
	_, applied := r.in.Base[key]
	return !wanted && !applied
}
