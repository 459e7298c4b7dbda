package diagnostics_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/diagnostics"
	"github.com/gitops-reconciler/reconciler/schema"
)

// changed is a report about a change from another commit.
func changed() diagnostics.Report {
	r := valid()
	r.Against = "origin/main"
	r.Rules = append(r.Rules,
		schema.Rule{ID: "cluster-renamed", Sentence: "A cluster keeps its name.", Transition: true},
		schema.Rule{ID: "peer-renamed", Sentence: "A peer keeps its serial.", Transition: true})
	r.Problems = []schema.Problem{{
		Rule: "cluster-renamed", Path: []string{"cluster", "name"}, Message: "it has another name", At: schema.Position{File: "a.cue", Line: 3, Column: 9},
		Related: []schema.Related{{Path: []string{"cluster", "name"}, Message: "it was mft", At: schema.Position{Revision: "origin/main", File: "a.cue", Line: 2, Column: 1}}},
	}}
	return r
}

// TestAgainst: every format says where something was in the other commit, and none takes it for a checked
// file.
func TestAgainst(t *testing.T) {
	for format, want := range map[string]string{
		"json":   `"revision": "origin/main",`,
		"sarif":  `"text": "origin/main:a.cue:2:1: it was mft"`,
		"junit":  "    origin/main:a.cue:2:1: it was mft",
		"github": "%0Aorigin/main:a.cue:2:1: it was mft",
	} {
		if got := encode(t, format, changed()); !bytes.Contains(got, []byte(want)) {
			t.Errorf("%s: no %s in\n%s", format, want, got)
		}
	}
	if got := encode(t, "sarif", changed()); bytes.Count(got, []byte(`"physicalLocation"`)) != 1 {
		t.Errorf("want the place in the checked file alone:\n%s", got)
	}
}

// TestRulesOfChanges are asked only where there is a change.
func TestRulesOfChanges(t *testing.T) {
	r := changed()
	if got := string(encode(t, "junit", r)); !strings.Contains(got, "peer-renamed") {
		t.Errorf("not asked:\n%s", got)
	}
	r.Against, r.Problems = "", nil
	if got := string(encode(t, "junit", r)); strings.Contains(got, "-renamed") {
		t.Errorf("asked of a configuration alone:\n%s", got)
	}
}
