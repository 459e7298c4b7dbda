package assign

import (
	"maps"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Holds is who holds what, and what was dealt to whom.
type Holds struct {
	held  map[string]map[string]map[int]bool // numbers of places by serial and role
	deals map[string]Deal
}

// NewHolds takes the serial of each place's holder ("" or no entry: nobody), and the deals of the roles that are
// spread, by role.
func NewHolds(holders map[schema.Place]string, deals map[string]Deal) Holds {
	h := Holds{held: map[string]map[string]map[int]bool{}, deals: deals}
	for place, serial := range holders {
		if serial == "" {
			continue
		}
		if h.held[serial] == nil {
			h.held[serial] = map[string]map[int]bool{}
		}
		if h.held[serial][place.Role] == nil {
			h.held[serial][place.Role] = map[int]bool{}
		}
		h.held[serial][place.Role][place.Number] = true
	}
	return h
}

// Idle tells whether a peer holds nothing. Of all idle peers that desire the same, Overlay makes the same.
func (h Holds) Idle(serial string) bool { return len(h.held[serial]) == 0 }

// Overlay returns what a peer shall hold with its levers set: an item that a role runs is active where the role is
// held (and, of a role that is spread, where the item was dealt to a place that the peer holds), and on
// standby or absent everywhere else. An item that several roles run is active where one of them says so; what no role
// runs stays as it is. It modifies nothing: what it changes is copied, all else is desired's own.
func Overlay(c *schema.Cluster, holds Holds, serial string, desired schema.Items) schema.Items {
	active := map[schema.Key]bool{} // of the items that any role runs
	for name, role := range c.Roles {
		for kind, selection := range role.Runs {
			for id := range desired[kind] {
				if key := (schema.Key{Kind: kind, ID: id}); selection.Names(id) {
					active[key] = active[key] || runs(role, holds.held[serial][name], holds.deals[name], key)
				}
			}
		}
	}
	return switched(c.Provider.Kinds, active, desired)
}

// runs tells whether a role runs an item for who holds these places of it.
func runs(role schema.Role, held map[int]bool, deal Deal, key schema.Key) bool {
	if !role.Spread {
		return len(held) > 0
	}
	place, dealt := deal[key]
	return dealt && held[place]
}

// switched are the items with the levers set of those that a role runs.
func switched(kinds map[string]schema.Kind, active map[schema.Key]bool, desired schema.Items) schema.Items {
	items, copied := maps.Clone(desired), map[string]bool{}
	for key, on := range active {
		if !copied[key.Kind] {
			items[key.Kind], copied[key.Kind] = maps.Clone(desired[key.Kind]), true
		}
		body, there := kinds[key.Kind].Lever.Set(items[key.Kind][key.ID], on)
		if there {
			items[key.Kind][key.ID] = body
		} else {
			delete(items[key.Kind], key.ID)
		}
	}
	return items
}
