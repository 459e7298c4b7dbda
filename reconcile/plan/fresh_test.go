package plan

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestFresh: a change is fresh as long as its authored fields are what they were, and no longer.
func TestFresh(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := input(t)
		for _, change := range Diff(in).Changes {
			kind, there := in.Kinds[change.Kind], in.Observed.Kinds[change.Kind].Items[change.ID]
			if change.Action == Create {
				continue
			}
			if !Fresh(kind, change, there) || !Fresh(kind, change, edited(there, "/unauthored", "x")) {
				t.Fatalf("not fresh: %v, %v", describeChange(change), there)
			}
			for pointer := range flatten(kind, "", map[string]any(visible(change.Kind, change.Body)), map[string]any(there)) {
				if now := edited(there, pointer, "edited since"); Fresh(kind, change, now) {
					t.Fatalf("fresh: %v, %v", describeChange(change), now)
				}
			}
		}
	})
}

// edited is body with another value at pointer.
func edited(body schema.Body, pointer string, value any) schema.Body {
	patch := map[string]any{}
	for _, step := range slices.Backward(schema.SplitPointer(pointer)) {
		patch = map[string]any{step: value}
		value = patch
	}
	return schema.Merge(body, patch)
}

// TestFreshKnowsSets: a server may give a set in another order each time it is asked.
func TestFreshKnowsSets(t *testing.T) {
	kind := schema.Kind{Sets: map[string]string{"/tags": ""}}
	in := Input{
		Kinds:    map[string]schema.Kind{"host": kind},
		Desired:  schema.Items{"host": {"a": parse(t, `{"tags": ["x", "y", "z"]}`)}},
		Observed: schema.Observation{Kinds: map[string]schema.Listing{"host": {Items: map[string]schema.Body{"a": parse(t, `{"tags": ["x", "y"]}`)}}}},
	}
	change := Diff(in).Changes[0]
	for body, want := range map[string]bool{
		`{"tags": ["y", "x"]}`:      true,
		`{"tags": ["y", "y"]}`:      false,
		`{"tags": ["y", "x", "w"]}`: false,
		`{"tags": null}`:            false,
		`{}`:                        false,
	} {
		if got := Fresh(kind, change, parse(t, body)); got != want {
			t.Errorf("%s: fresh is %v", body, got)
		}
	}
}

// TestFreshLooksIntoLists: what somebody added to an element of a list, or took away, is a change of it.
func TestFreshLooksIntoLists(t *testing.T) {
	change := Change{Action: Update, Body: parse(t, `{"l": [{"a": 2}]}`)}
	change.Fields = Fields(schema.Kind{}, change.Body, parse(t, `{"l": [{"a": 1, "b": 1}]}`))
	for body, want := range map[string]bool{
		`{"l": [{"a": 1, "b": 1}]}`:         true,
		`{"l": [{"a": 1, "b": 1, "c": 1}]}`: false,
		`{"l": [{"a": 1}]}`:                 false,
	} {
		if got := Fresh(schema.Kind{}, change, parse(t, body)); got != want {
			t.Errorf("%s: fresh is %v", body, got)
		}
	}
}
