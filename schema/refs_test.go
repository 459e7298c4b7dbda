package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

var user = Kind{Refs: map[string]string{
	"/folders/*/name": "folder", "/group": "group", "/home/at": "folder", "/sites/*": "site", "/deep/*/*/id": "group",
}}

func TestReferences(t *testing.T) {
	for body, want := range map[string]string{
		`{}`:                                 "",
		`{"group": "ops"}`:                   "group/ops",
		`{"group": ""}`:                      "",
		`{"group": null, "home": {"at": 1}}`: "",
		`{"folders": [{"name": "b"}, {"name": "a"}, {"name": "b"}, {}, "c"], "home": {"at": "a"}}`: "folder/a folder/b",
		`{"folders": {"*": {"name": "a"}}}`:              "folder/a",
		`{"folders": {"x": {"name": "a"}}}`:              "",
		`{"sites": ["s", "t", ["u"]]}`:                   "site/s site/t",
		`{"deep": [[{"id": "x"}], [{"id": "y"}], "no"]}`: "group/x group/y",
	} {
		if got := texts(user.References(object(t, body))); got != want {
			t.Errorf("%s: got %s, want %s", body, got, want)
		}
	}
}

// TestMergedReferences: what is written replaces what is there, what is not written stays.
func TestMergedReferences(t *testing.T) {
	observed := `{"folders": [{"name": "old"}], "group": "ops", "home": {"at": "there"}}`
	for desired, want := range map[string]string{
		`{}`:                                "folder/old folder/there group/ops",
		`{"folders": []}`:                   "folder/there group/ops",
		`{"folders": [{"name": "new"}]}`:    "folder/new folder/there group/ops",
		`{"group": null, "home": {}}`:       "folder/old folder/there",
		`{"group": "dev", "folders": null}`: "folder/there group/dev",
	} {
		there := object(t, observed)
		if got := texts(user.MergedReferences(object(t, desired), there)); got != want {
			t.Errorf("%s: got %s, want %s", desired, got, want)
		}
		if text(t, there) != text(t, object(t, observed)) {
			t.Errorf("%s: the observed body is %s now", desired, text(t, there))
		}
	}
}

func texts(keys []Key) string {
	var all []string
	for _, key := range keys {
		all = append(all, fmt.Sprint(key))
	}
	return strings.Join(all, " ")
}

func TestRefersTo(t *testing.T) {
	if !user.RefersTo("site") || user.RefersTo("user") {
		t.Error(user)
	}
}

// TestLevelsFollowReferences: what a kind refers to need not be said once more in after.
func TestLevelsFollowReferences(t *testing.T) {
	p := Provider{Kinds: map[string]Kind{"a": {Refs: map[string]string{"/b": "b"}}, "b": {After: []string{"c"}}, "c": {}}}
	levels, err := p.Levels()
	if err != nil || !slices.Equal(slices.Concat(levels...), []string{"c", "b", "a"}) {
		t.Error(levels, err)
	}
	p.Kinds["c"] = Kind{Refs: map[string]string{"/c": "c"}}
	if levels, err := p.Levels(); err == nil || !strings.HasSuffix(err.Error(), "circle: c") {
		t.Error(levels, err)
	}
}
