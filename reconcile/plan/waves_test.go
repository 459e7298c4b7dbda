package plan

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestWavesKeepOrder: with any kinds and changes, what a change refers to is there before it and gone
// after it, and nothing is lost, doubled, or done without consent.
func TestWavesKeepOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		provider, changes := provider(t), changes(t)
		waves, err := Waves(provider, changes)
		if err != nil {
			t.Fatal(err)
		}
		free := slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return c.Held })
		got := slices.Concat(waves...)
		if d := cmp.Diff(sortedTexts(free), sortedTexts(got)); d != "" {
			t.Fatalf("-changes +waves:\n%s", d)
		}
		for i, wave := range waves {
			for _, c := range wave {
				inOrder(t, provider, c, slices.Concat(waves[:i+1]...), slices.Concat(waves[i:]...))
			}
		}
	})
}

// inOrder wants nothing that c needs to be written in its wave or after it, nothing that needs c to be
// deleted so, and no write after a deletion.
func inOrder(t *rapid.T, p schema.Provider, c Change, before, after []Change) {
	for _, later := range after {
		if c.Action != Delete && later.Action != Delete && slices.Contains(p.Kinds[c.Kind].After, later.Kind) {
			t.Fatalf("%s before %s", c, later)
		}
		if c.Action == Delete && later.Action == Delete && slices.Contains(p.Kinds[later.Kind].After, c.Kind) {
			t.Fatalf("%s before %s", c, later)
		}
	}
	for _, earlier := range before {
		if c.Action != Delete && earlier.Action == Delete {
			t.Fatalf("%s before %s", earlier, c)
		}
	}
}

func provider(t *rapid.T) schema.Provider {
	kinds := map[string]schema.Kind{}
	for i := range 5 {
		var after []string
		for j := range i {
			if rapid.Bool().Draw(t, "after") {
				after = append(after, fmt.Sprint("k", j))
			}
		}
		kinds[fmt.Sprint("k", i)] = schema.Kind{After: after}
	}
	return schema.Provider{Kinds: kinds}
}

func changes(t *rapid.T) []Change {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) Change {
		return Change{
			Key: schema.Key{
				Kind: fmt.Sprint("k", rapid.IntRange(0, 4).Draw(t, "kind")),
				ID:   fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "id")),
			},
			Action: rapid.SampledFrom([]Action{Create, Update, Delete}).Draw(t, "action"),
			Held:   rapid.Bool().Draw(t, "held"),
		}
	}), 0, 20, func(c Change) schema.Key { return c.Key }).Draw(t, "changes")
}

func sortedTexts(changes []Change) []string {
	lines := texts(changes)
	slices.Sort(lines)
	return lines
}

func TestWavesOfACircle(t *testing.T) {
	kinds := map[string]schema.Kind{"a": {After: []string{"b"}}, "b": {After: []string{"a"}}}
	if waves, err := Waves(schema.Provider{Kinds: kinds}, nil); err == nil {
		t.Fatalf("got %v", waves)
	}
}
