package plan

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestTargeted: a targeted plan has the changes that it is about and no others, counts those that it left
// out, can be carried out on a strict peer, and neither records nor forgets anything else.
func TestTargeted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &strict{t: t, in: relatedInput(t), coming: map[schema.Key]bool{}}
		s.in.Base = maps.Clone(s.in.Base)
		whole := Diff(s.in)
		about := map[schema.Key]bool{}
		for kind := range s.in.Kinds {
			for _, id := range []string{"1", "2", "3"} {
				about[schema.Key{Kind: kind, ID: id}] = rapid.Bool().Draw(t, kind+"/"+id)
			}
		}
		s.in.Target = func(key schema.Key) bool { return about[key] }
		p, before := Diff(s.in), maps.Clone(s.in.Base)
		p.Narrow()
		var want, got []string
		for _, c := range whole.Changes {
			if about[c.Key] {
				want = append(want, c.String())
			}
		}
		for _, c := range p.Changes {
			got = append(got, c.String())
			s.coming[c.Key] = !c.Held && c.Action != Delete
			if c.WaitsFor(LeftOut) != naiveMissing(s.in, whole, c) {
				t.Fatalf("%s: %v", c, c.Holds)
			}
		}
		if d := cmp.Diff(want, got); d != "" || p.LeftOut != len(whole.Changes)-len(want) {
			t.Fatalf("left out %d of %d; -want +got:\n%s", p.LeftOut, len(whole.Changes), d)
		}
		waves, err := Waves(schema.Provider{Kinds: s.in.Kinds}, p.Changes)
		if err != nil {
			t.Fatal(err)
		}
		s.waves(waves, p)
		settle(s.in.Base, p)
		for key := range about {
			if !about[key] && cmp.Diff(before[key], s.in.Base[key]) != "" {
				t.Fatalf("%s: %s", key, cmp.Diff(before[key], s.in.Base[key]))
			}
		}
	})
}

// naiveMissing tells whether a change refers to what is to be made, and what the run is not about.
func naiveMissing(in Input, whole Peer, c Change) bool {
	if c.Action == Delete {
		return false
	}
	refers := in.Kinds[c.Kind].References(result(in, c))
	return slices.ContainsFunc(whole.Changes, func(other Change) bool {
		return other.Action == Create && !in.Target(other.Key) && slices.Contains(refers, other.Key)
	})
}

// TestTargetedByEverything is the whole plan.
func TestTargetedByEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := relatedInput(t)
		want := wholeText(t, Diff(in))
		in.Target = anything
		p := Diff(in)
		p.Narrow()
		if got := wholeText(t, p); got != want {
			t.Fatalf("-want +got:\n%s", cmp.Diff(want, got))
		}
	})
}
