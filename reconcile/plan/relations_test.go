package plan

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// relatedKinds refer to each other, and have fields that are unique or cannot be changed.
func relatedKinds() map[string]schema.Kind {
	return map[string]schema.Kind{
		"a": {Unique: []string{"/u"}, Immutable: []string{"/i"}},
		"b": {Unique: []string{"/u"}, Refs: map[string]string{"/r/*": "a"}},
		"c": {Immutable: []string{"/i"}, Refs: map[string]string{"/one": "b", "/o/two": "a"}},
	}
}

// relatedItems generates items that keep what is unique so.
func relatedItems(t *rapid.T, name string) schema.Items {
	id := rapid.Map(rapid.SampledFrom([]string{"1", "2", "3"}), func(id string) any { return id })
	all := schema.Items{}
	for _, kind := range []string{"a", "b", "c"} {
		all[kind] = rapid.MapOfN(rapid.SampledFrom([]string{"1", "2", "3"}), rapid.Custom(func(t *rapid.T) schema.Body {
			body := schema.Body{"i": rapid.SampledFrom([]any{int64(1), int64(2)}).Draw(t, "i")}
			maybe := func(name string, value *rapid.Generator[any]) {
				if rapid.Bool().Draw(t, name+"?") {
					body[name] = value.Draw(t, name)
				}
			}
			maybe("u", rapid.SampledFrom([]any{"x", "y", "z", ""}))
			maybe("r", rapid.Map(rapid.SliceOfN(id, 0, 2), func(l []any) any { return l }))
			maybe("one", id)
			maybe("o", rapid.Map(id, func(id any) any { return map[string]any{"two": id} }))
			return body
		}), 0, 3).Draw(t, name+" "+kind)
		distinct(all[kind])
	}
	return all
}

func distinct(bodies map[string]schema.Body) {
	seen := map[any]bool{}
	for _, id := range slices.Sorted(maps.Keys(bodies)) {
		if u, has := bodies[id]["u"]; has && seen[u] {
			delete(bodies[id], "u")
		} else {
			seen[u] = true
		}
	}
}

func relatedInput(t *rapid.T) Input {
	in := Input{Kinds: relatedKinds(), Revision: "r2", Desired: relatedItems(t, "desired"), Base: map[schema.Key]Record{}}
	there := relatedItems(t, "observed")
	in.Observed.Kinds = map[string]schema.Listing{}
	for _, kind := range slices.Sorted(maps.Keys(there)) {
		in.Observed.Kinds[kind] = schema.Listing{Items: there[kind]}
		for _, id := range slices.Sorted(maps.Keys(there[kind])) {
			if rapid.IntRange(0, 3).Draw(t, "foreign") > 0 {
				in.Base[schema.Key{Kind: kind, ID: id}] = Record{Body: maps.Clone(there[kind][id])}
			}
		}
	}
	in.TakeOver = rapid.Bool().Draw(t, "take over")
	agreed := rapid.Bool().Draw(t, "replace")
	in.Replace = func(schema.Key) bool { return agreed }
	return in
}

// strict is a peer that must never be asked for what it would refuse, or make worse of.
type strict struct {
	t      *rapid.T
	in     Input
	coming map[schema.Key]bool // what is still to be made
}

func (s *strict) has(key schema.Key) bool {
	_, there := s.in.Observed.Kinds[key.Kind].Items[key.ID]
	return there
}

// carryOut makes a change: no two items have the same, nothing refers to what goes, and what is referred
// to and is to be made has been made.
func (s *strict) carryOut(c Change) {
	if c.Action == Delete || c.Action == Replace {
		if users := naiveUsers(s.in, c.Key); len(users) > 0 {
			s.t.Fatalf("%s, and %v still use it", c, users)
		}
		delete(s.in.Observed.Kinds[c.Kind].Items, c.ID)
		delete(s.in.Base, c.Key)
	}
	if c.Action == Delete {
		return
	}
	items := s.in.Observed.Kinds[c.Kind].Items
	items[c.ID] = schema.Merge(items[c.ID], c.Body)
	s.in.Base[c.Key] = Record{Body: c.Body, Revision: "r2"}
	delete(s.coming, c.Key)
	for _, key := range s.in.Kinds[c.Kind].References(items[c.ID]) {
		if s.coming[key] && !s.has(key) {
			s.t.Fatalf("%s before %s", c, key)
		}
	}
	if c.Kind != "c" {
		s.unique(c)
	}
}

func (s *strict) unique(c Change) {
	items := s.in.Observed.Kinds[c.Kind].Items
	mine, authored := c.Body["u"]
	for id, body := range items {
		if u, has := body["u"]; id != c.ID && authored && has && u == mine && u != "" {
			s.t.Fatalf("%s: %s has the same u", c, id)
		}
	}
}

// naiveUsers looks through everything.
func naiveUsers(in Input, key schema.Key) []schema.Key {
	var users []schema.Key
	for kind, listing := range in.Observed.Kinds {
		for id, body := range listing.Items {
			if slices.Contains(in.Kinds[kind].References(body), key) {
				users = append(users, schema.Key{Kind: kind, ID: id})
			}
		}
	}
	return users
}

// TestRelatedChangesCanBeCarriedOut: in the order of the waves nothing is refused by a strict peer, what a
// change needs is in an earlier wave, and the next plan has what was held and nothing else.
func TestRelatedChangesCanBeCarriedOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &strict{t: t, in: relatedInput(t), coming: map[schema.Key]bool{}}
		p := Diff(s.in)
		var held []string
		for _, c := range p.Changes {
			if c.Held {
				held = append(held, c.Action.Symbol()+" "+c.Key.String())
			}
			s.coming[c.Key] = !c.Held && c.Action != Delete
		}
		waves, err := Waves(schema.Provider{Kinds: s.in.Kinds}, p.Changes)
		if err != nil {
			t.Fatal(err)
		}
		s.waves(waves, p)
		settle(s.in.Base, p)
		if d := cmp.Diff(held, texts(Diff(s.in).Changes)); d != "" {
			t.Fatalf("-held +planned again:\n%s", d)
		}
	})
}

func (s *strict) waves(waves [][]Change, p Peer) {
	done := map[schema.Key]bool{}
	for _, wave := range waves {
		for _, c := range wave {
			for _, d := range c.After {
				if there := slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Key == d.Key && !c.Held }); there && !done[d.Key] {
					s.t.Fatalf("%s needs %v, which is not done", c, d)
				}
			}
		}
		for _, c := range wave {
			s.carryOut(c)
			done[c.Key] = true
		}
	}
}

// TestHeldForAReason: a change is held exactly if it says why, what is in use is what a naive look at the
// items before or after the plan finds, and consents hold what they have always held.
func TestHeldForAReason(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := relatedInput(t)
		changes := map[schema.Key]Change{}
		for _, c := range Diff(in).Changes {
			changes[c.Key] = c
			if c.Held != (len(c.Holds) > 0) {
				t.Fatalf("%s: held %v, %v", c, c.Held, c.Holds)
			}
		}
		for _, c := range changes {
			got := c.WaitsFor(InUse)
			if want := len(naiveObstacles(in, changes, c)) > 0; got != want {
				t.Fatalf("%s: in use %v, want %v: %v", c, got, want, c.Holds)
			}
			if c.WaitsFor(Replacement) != (c.Action == Replace && !in.Replace(c.Key)) {
				t.Fatalf("%s: %v", c, c.Holds)
			}
		}
	})
}

// naiveObstacles names what will refer to an item that is to go.
func naiveObstacles(in Input, changes map[schema.Key]Change, gone Change) []string {
	var users []string
	if gone.Action != Delete && gone.Action != Replace {
		return nil
	}
	for kind, k := range in.Kinds {
		for _, id := range []string{"1", "2", "3"} {
			key := schema.Key{Kind: kind, ID: id}
			now := slices.Contains(k.References(in.Observed.Kinds[kind].Items[id]), gone.Key)
			c, changed := changes[key]
			later := changed && c.Action != Delete && slices.Contains(k.References(result(in, c)), gone.Key)
			stays := !changed || c.Held || gone.Action == Replace && !naiveEarly(in, changes, c)
			if key != gone.Key && (stays && now || gone.Action == Delete && later) {
				users = append(users, key.String())
			}
		}
	}
	return users
}

// naiveEarly tells whether only deletions have to come before a deletion.
func naiveEarly(in Input, changes map[schema.Key]Change, c Change) bool {
	if c.Action != Delete {
		return false
	}
	for _, user := range naiveUsers(in, c.Key) {
		if u, changed := changes[user]; !changed || !naiveEarly(in, changes, u) {
			return false
		}
	}
	return true
}

// result is an item after its change.
func result(in Input, c Change) schema.Body {
	if c.Action != Update {
		return c.Body
	}
	return schema.Merge(in.Observed.Kinds[c.Kind].Items[c.ID], c.Body)
}

// TestRelationsAreDeterministic: the same inputs give the same holds and needs.
func TestRelationsAreDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := relatedInput(t)
		a, b := Diff(in), Diff(in)
		if d := cmp.Diff(fmt.Sprintf("%+v", a.Changes), fmt.Sprintf("%+v", b.Changes)); d != "" {
			t.Fatal(d)
		}
	})
}
