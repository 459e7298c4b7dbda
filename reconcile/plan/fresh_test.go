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

// TestFreshKnowsWhatElementsEmbed: a server may show in an element all of the item that it refers to, which
// the run has just changed; what people write of the element is another matter.
func TestFreshKnowsWhatElementsEmbed(t *testing.T) {
	kind := schema.Kind{Sets: map[string]string{"/mounts": "name"}}
	for desired, cases := range map[string]map[string]bool{
		`{"mounts": [{"name": "a", "at": "/new"}]}`: {
			`{"mounts": [{"name": "a", "at": "/old", "folder": "/2"}]}`:                         true,
			`{"mounts": [{"name": "a", "at": "/old"}]}`:                                         true,
			`{"mounts": [{"name": "a", "at": "/theirs", "folder": "/1"}]}`:                      false,
			`{"mounts": [{"name": "b", "at": "/old", "folder": "/1"}]}`:                         false,
			`{"mounts": [{"name": "a", "at": "/old", "folder": "/1"}, {"name": "b"}]}`:          false,
			`{"mounts": [{"name": "a", "at": "/old", "folder": "/1"}, "a text is none of it"]}`: false,
		},
		`{"mounts": []}`: {
			`{"mounts": [{"name": "a", "at": "/old", "folder": "/2"}]}`: true,
			`{"mounts": [{"name": "b", "at": "/old", "folder": "/1"}]}`: false,
		},
	} {
		in := Input{
			Kinds:   map[string]schema.Kind{"user": kind},
			Desired: schema.Items{"user": {"u": parse(t, desired)}},
			Observed: schema.Observation{Kinds: map[string]schema.Listing{"user": {Items: map[string]schema.Body{
				"u": parse(t, `{"mounts": [{"name": "a", "at": "/old", "folder": "/1"}]}`),
			}}}},
		}
		change := Diff(in).Changes[0]
		for body, want := range cases {
			if got := Fresh(kind, change, parse(t, body)); got != want {
				t.Errorf("%s, to be %s: fresh is %v", body, desired, got)
			}
		}
	}
}
