package providertest

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// several: many items are made in one apply, listed whole, and deleted; how many requests that may take
// follows from how many items there are.
func (s *story) several(t testing.TB) {
	items, n := s.likeness(t)
	o := s.operator(t)
	lists := n/10 + 20*(len(s.provider.Kinds)+2) // pages of ten, and more for the other kinds than there are
	if s.detailed(items) {
		lists += n
	}
	s.costs(t, o, "create", 2*n+3*lists, func() { o.applies(t, items) })
	s.costs(t, o, "nothing to do", 2*lists, func() { o.rests(t, items) })
	s.holds(t, s.client)
	s.costs(t, o, "delete", 3*n+3*lists, func() { o.applies(t, nil) })
	o.settles(t, nil)
}

// likeness are as many items as the cases say, each like the first of its kind, and what that refers to.
func (s *story) likeness(t testing.TB) (schema.Items, int) {
	t.Helper()
	many := s.many
	if len(s.Many) > 0 {
		many = s.Many
	}
	items, n := schema.Items{}, 0
	for _, kind := range slices.Sorted(maps.Keys(many)) {
		if len(s.created[kind]) == 0 {
			t.Fatalf("cases.cue: many names %s, which is not a kind", kind)
		}
		first := slices.Min(slices.Collect(maps.Keys(s.created[kind])))
		body := s.created[kind][first]
		for _, pointer := range s.provider.Kinds[kind].Unique {
			body = schema.Remove(body, pointer)
		}
		s.require(items, schema.Key{Kind: kind, ID: first})
		for i := range many[kind] {
			id := s.name(kind, i)
			if n++; items[kind] == nil {
				items[kind] = map[string]schema.Body{}
			}
			items[kind][id] = body
		}
	}
	if n == 0 {
		t.Fatal("cases.cue: many needs a kind, of which more than two pages are made: many: KIND: 1000")
	}
	return items, n
}

// require adds what an item refers to.
func (s *story) require(items schema.Items, key schema.Key) {
	for _, to := range s.provider.Kinds[key.Kind].References(s.created[key.Kind][key.ID]) {
		if body, ours := s.created[to.Kind][to.ID]; ours {
			items[to.Kind] = with(items[to.Kind], to.ID, body)
			s.require(items, to)
		}
	}
}

// detailed tells whether a list of some kind reads each of its items.
func (s *story) detailed(items schema.Items) bool {
	for kind := range items {
		var api struct {
			List struct {
				Detail bool `json:"detail"`
			} `json:"list"`
		}
		if err := json.Unmarshal(s.provider.Kinds[kind].API, &api); err == nil && api.List.Detail {
			return true
		}
	}
	return false
}

// costs counts the requests of do, or where there is no wire the calls.
func (s *story) costs(t testing.TB, o *operator, what string, most int, do func()) {
	t.Helper()
	o.spy.reset()
	n := s.Wire.requests(do)
	if n = max(n, o.spy.calls); n > most {
		t.Errorf("%s: it took %d requests, want at most %d", what, n, most)
	}
}
