package plan

import (
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestWhatAPeerWritesInItsOwnWay: lower case, here. Neither changed: no drift; else the table holds.
func TestWhatAPeerWritesInItsOwnWay(t *testing.T) {
	key := schema.Key{Kind: "k", ID: "i"}
	kind := schema.Kind{Normalised: []string{"/x"}, Sets: map[string]string{"/x": ""}}
	list := func(text string) []any { return []any{text, "z"} }
	shown := map[string]string{"/x": Digest(kind, "/x", []any{"z", "a"})} // in any order
	for name, test := range map[string]struct {
		wants, base, shows string
		want               Reason
	}{
		"as it was made":                 {"A", "A", "a", ""},
		"as it was written":              {"A", "A", "A", ""},
		"changed on the peer":            {"A", "A", "b", Drift},
		"changed in Git":                 {"B", "A", "a", Git},
		"changed in Git and on the peer": {"B", "A", "c", Conflict},
		"the same in Git, another way":   {"a", "A", "a", ""},
	} {
		record := Record{Body: schema.Body{"x": list(test.base)}, Shown: shown}
		in := Input{
			Kinds:    map[string]schema.Kind{"k": kind},
			Desired:  schema.Items{"k": {"i": {"x": list(test.wants)}}},
			Observed: schema.Observation{Kinds: map[string]schema.Listing{"k": {Items: map[string]schema.Body{"i": {"x": list(test.shows)}}}}},
			Base:     map[schema.Key]Record{key: record},
			Shown:    map[schema.Key]map[string]string{key: shown},
		}
		p := Diff(in)
		if (test.want == "") != (p.InSync == 1) || test.want != "" && p.Changes[0].Reason != test.want {
			t.Errorf("%s: got %v, want %q", name, p.Changes, test.want)
		}
		in.Desired = nil
		p = Diff(in)
		if held := p.Changes[0].Held; held != (test.shows != "a" && test.shows != test.base) {
			t.Errorf("%s, and removed from Git: got %v, held %v", name, p.Changes, held)
		}
		if !Fresh(kind, p.Changes[0], in.Observed.Kinds["k"].Items["i"]) {
			t.Errorf("%s, and removed from Git: it is not what it was", name)
		}
	}
}

// TestResumeKnowsWhatAPeerWritesInItsOwnWay: an intent was written, though it looks otherwise.
func TestResumeKnowsWhatAPeerWritesInItsOwnWay(t *testing.T) {
	key := schema.Key{Kind: "k", ID: "i"}
	kinds := map[string]schema.Kind{"k": {Normalised: []string{"/x"}}}
	observed := schema.Observation{Kinds: map[string]schema.Listing{"k": {Items: map[string]schema.Body{"i": {"x": "a", "y": "new"}}}}}
	intents := map[schema.Key]Record{key: {Body: schema.Body{"x": "A", "y": "new"}}}
	if resumed := Resume(kinds, observed, nil, intents); resumed[key].Body["y"] != "new" {
		t.Errorf("got %v", resumed)
	}
	observed.Kinds["k"].Items["i"] = schema.Body{"y": "new"} // nothing was made of it
	if resumed := Resume(kinds, observed, nil, intents); len(resumed) != 0 {
		t.Errorf("got %v", resumed)
	}
}
