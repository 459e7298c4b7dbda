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
