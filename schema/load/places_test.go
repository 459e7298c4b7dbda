package load

import (
	"slices"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestPlaces: what is written, what is not any more, and what never was.
func TestPlaces(t *testing.T) {
	t.Parallel()
	in := one("package a\n\ncluster: {\n\tname: \"mft\"\n\titems: user: bob: {}\n}\n")
	paths := [][]string{{"cluster", "name"}, {"cluster", "items", "user", "alice"}, {"nothing"}}
	got, err := child(t, "serve-evaluation", Limits{}).Places(t.Context(), in, paths)
	want := []schema.Position{{File: "cluster.cue", Line: 4, Column: 8}, {File: "cluster.cue", Line: 5, Column: 9}, {File: "cluster.cue", Line: 1, Column: 1}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

// TestPlacesOverALimit: there is a place for each path, though nobody knows it.
func TestPlacesOverALimit(t *testing.T) {
	t.Parallel()
	got, err := child(t, "serve-evaluation", Limits{Answer: 1}).Places(t.Context(), one(small), [][]string{{"a"}, {"b"}})
	if err != nil || !slices.Equal(got, make([]schema.Position, 2)) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := child(t, "serve-failure", Limits{}).Places(t.Context(), one(small), [][]string{{"a"}}); err == nil {
		t.Error("no error from a child that does not work")
	}
}
