package providertest

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// rename: an item of each kind gets another id, and what refers to it refers to the new one, in one apply
// and back again.
func (s *story) rename(t testing.TB) {
	renamed := s.created
	for kind := range s.provider.Kinds {
		if from, ok := s.renamable(kind); ok {
			renamed = s.renaming(renamed, from, s.name(kind, lastNumber-1))
		}
	}
	o := s.operator(t)
	o.brings(t, s.created)
	o.brings(t, renamed)
	o.brings(t, s.created)
	o.brings(t, nil)
}

// renamable is the item of a kind that can have another id and that most refer to. Where it has what no two
// items may have, the old one goes first, so nothing must refer to it.
func (s *story) renamable(kind string) (found schema.Key, ok bool) {
	most := -1
	for _, key := range sorted(keyed(s.created)) {
		users := len(s.users(s.created, key))
		if key.Kind == kind && !s.permanent(key) && users > most && (len(s.provider.Kinds[kind].Unique) == 0 || users == 0) {
			found, most, ok = key, users, true
		}
	}
	return found, ok
}

func (s *story) renaming(items schema.Items, from schema.Key, to string) schema.Items {
	renamed := schema.Items{}
	for key, body := range each(items) {
		if key == from {
			key.ID = to
		}
		renamed[key.Kind] = with(renamed[key.Kind], key.ID, redirected(s.provider.Kinds[key.Kind], body, from, to))
	}
	return renamed
}

// swap: two items that are to have each other's value, which no two may have, are held; with one of them
// taken out between, each gets the other's.
func (s *story) swap(t testing.TB) {
	for _, kind := range s.kinds() {
		for _, pointer := range s.provider.Kinds[kind].Unique {
			s.swapping(t, kind, pointer)
		}
	}
}

func (s *story) swapping(t testing.TB, kind, pointer string) {
	t.Helper()
	one, other := s.rivals(kind, pointer)
	if other.ID == "" {
		t.Fatalf("cases.cue: no two items of kind %s may have the same %s: created needs two with different ones, to which nothing refers", kind, pointer)
	}
	swapped := over(s.created, schema.Items{kind: {one.ID: s.taking(one, other, pointer), other.ID: s.taking(other, one, pointer)}})
	o := s.operator(t)
	o.brings(t, s.created)
	for key, result := range o.apply(t.Context(), t, o.plan(t, swapped)) {
		if result.Status != reconcile.Held || !result.Change.WaitsFor(plan.Taken) {
			t.Errorf("swap: %s is %s: %s, want it to be %s", key, result.Status, because(result), reconcile.Held)
		}
	}
	s.holds(t, s.client)
	o.brings(t, without(swapped, other))
	o.brings(t, swapped)
	o.brings(t, nil)
}

// rivals are two items with different values, to which nothing refers.
func (s *story) rivals(kind, pointer string) (one, other schema.Key) {
	var first any
	for _, key := range sorted(keyed(s.created)) {
		value, has := schema.Lookup(map[string]any(s.created[key.Kind][key.ID]), pointer)
		switch {
		case key.Kind != kind || !has || len(s.users(s.created, key)) > 0:
		case one.ID == "":
			one, first = key, value
		case !reflect.DeepEqual(value, first):
			return one, key
		}
	}
	return one, other
}

// taking is the body of one item with the value of another.
func (s *story) taking(one, other schema.Key, pointer string) schema.Body {
	value, _ := schema.Lookup(map[string]any(s.created[other.Kind][other.ID]), pointer)
	return schema.Replace(schema.Merge(s.created[one.Kind][one.ID], nil), pointer, value)
}

// immutable: what cannot be changed is left as it is without a consent, and made anew with one.
func (s *story) immutable(t testing.TB) {
	for _, kind := range s.kinds() {
		if len(s.provider.Kinds[kind].Immutable) > 0 {
			s.replacing(t, kind)
		}
	}
}

func (s *story) replacing(t testing.TB, kind string) {
	t.Helper()
	key, body := s.differing(kind)
	if body == nil {
		t.Fatalf("cases.cue: kind %s has fields that cannot be changed: changed or a state needs an item, to which nothing refers, with another value in one", kind)
	}
	o := s.operator(t)
	consents := o.consents
	o.brings(t, s.created)
	o.consents = reconcile.PlanOptions{}
	target := over(s.created, schema.Items{kind: {key.ID: body}})
	for at, result := range o.apply(t.Context(), t, o.plan(t, target)) {
		if at != key || result.Status != reconcile.Held || !result.Change.WaitsFor(plan.Replacement) {
			t.Errorf("without consent: %s is %s: %s, want it to be %s", at, result.Status, because(result), reconcile.Held)
		}
	}
	s.holds(t, s.client)
	o.consents = consents
	o.brings(t, target)
	o.brings(t, nil)
}

// differing is an item that a state wants to have another value in a field that cannot be changed.
func (s *story) differing(kind string) (schema.Key, schema.Body) {
	k, all := s.provider.Kinds[kind], s.all()
	for _, key := range sorted(keyed(s.created)) {
		if key.Kind != kind || len(s.users(s.created, key)) > 0 {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(all)) {
			body, was := all[name][kind][key.ID], s.created[kind][key.ID]
			rest := s.mutable(schema.Items{kind: {key.ID: body}})[kind][key.ID]
			if len(plan.Fields(k, rest, was)) < len(plan.Fields(k, body, was)) {
				return key, body
			}
		}
	}
	return schema.Key{}, nil
}
