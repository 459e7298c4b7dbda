package load

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/rules"
)

// TestEveryRuleHasItsPair wants a case that breaks each rule, and it alone, and one that nearly does. The
// tests of schema/rules have those of the rules that Go says; those of products lie beside the product, all
// others in testdata/rules.
func TestEveryRuleHasItsPair(t *testing.T) {
	for _, rule := range Rules() {
		if rule.Transition {
			continue // two clusters each, in schema/rules
		}
		if rule.Said == schema.InCUE || !slices.ContainsFunc(rules.All(), func(r rules.Rule) bool { return r.ID == rule.ID }) {
			t.Run(rule.ID, func(t *testing.T) {
				t.Parallel()
				checkPair(t, rule)
			})
		}
	}
}

// checkPair reads an archive of the files that both cases have (both/...), of those of the case that breaks
// the rule (breaks/...) and of the one that does not (passes/...), and what is said of the first (result).
func checkPair(t *testing.T, rule schema.Rule) {
	name := pairOf(rule)
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	last := &archive.Files[len(archive.Files)-1]
	broken := evaluate(t, rule, caseOf(archive, "breaks"))
	got := say(broken)
	if *update && got != string(last.Data) {
		last.Data = []byte(got)
		if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want := string(last.Data); got != want || last.Name != "result" {
		t.Errorf("got:\n%s\nwant, in %s:\n%s", got, last.Name, want)
	}
	if len(broken.Problems) == 0 {
		t.Error("nothing is wrong with what should break it")
	}
	for _, problem := range broken.Problems {
		if problem.Rule != rule.ID || problem.At.File == "" {
			t.Errorf("it is not alone, or nowhere: %s", problem)
		}
		ofProduct := rule.Product != "" || rule.Said == schema.InCUE && strings.HasPrefix(rule.ID, "kind-")
		if ofProduct && (problem.Remedy == "" || len(problem.Path) == 0) {
			t.Errorf("no path or no remedy: %s", problem)
		}
	}
	if near := evaluate(t, rule, caseOf(archive, "passes")); near.Problems != nil || near.Cluster == nil {
		t.Errorf("what nearly breaks it:\n%s", say(near))
	}
}

func pairOf(rule schema.Rule) string {
	if rule.Product != "" {
		return fmt.Sprintf("../../providers/%s/testdata/rules/%s.txtar", rule.Product, rule.ID)
	}
	return fmt.Sprintf("testdata/rules/%s.txtar", rule.ID)
}

func caseOf(archive *txtar.Archive, which string) Input {
	in := Input{Files: map[string][]byte{}, Dir: "."}
	for _, file := range archive.Files {
		tree, name, _ := strings.Cut(file.Name, "/")
		if tree == "both" || tree == which {
			in.Files[name] = file.Data
		}
	}
	return in
}

// evaluate loads a case, under limits where they are what the rule is about.
func evaluate(t *testing.T, rule schema.Rule, in Input) Result {
	if rule.ID != "evaluation-limit" {
		return Load(in)
	}
	result, err := child(t, "serve-evaluation", Limits{CPU: time.Second, Deadline: time.Minute}).Load(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// TestNoPairOfNothing finds pairs of rules that are no more.
func TestNoPairOfNothing(t *testing.T) {
	want := map[string]bool{}
	for _, rule := range Rules() {
		want[pairOf(rule)] = true
	}
	for _, pattern := range []string{"testdata/rules/*", "../../providers/*/testdata/rules/*"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Errorf("%s: %q, %v", pattern, names, err)
		}
		for _, name := range names {
			if !want[name] {
				t.Errorf("%s is of no rule", name)
			}
		}
	}
}

// TestRulesAreDescribed holds the rules in CUE to the form of those in Go.
func TestRulesAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, rule := range Rules() {
		for what, form := range map[string]string{
			rule.ID:                      `^[a-z]+(-[a-z]+)*$`,
			rule.Sentence:                `^[A-Z].*[^.]\.$`,
			rule.Remedy:                  `^[a-z].*[^.]$`,
			strings.Join(rule.Seed, " "): `^([A-Z]+-[0-9]+( [A-Z]+-[0-9]+)*)?$`,
		} {
			if !regexp.MustCompile(form).MatchString(what) || strings.Contains(strings.ReplaceAll(what, "{...}", ""), "...") {
				t.Errorf("%s: %q does not match %s", rule.ID, what, form)
			}
		}
		if seen[rule.ID] {
			t.Errorf("%s is there twice", rule.ID)
		}
		seen[rule.ID] = true
	}
}

// TestSeeds wants each of these requirements to be what some rule takes over.
func TestSeeds(t *testing.T) {
	taken := map[string]bool{}
	for _, rule := range Rules() {
		for _, seed := range rule.Seed {
			taken[seed] = true
		}
	}
	for seed := range strings.FieldsSeq(`
		CLEO-33 CLEO-34 CLEO-35 CLEO-36 CLEO-37 CLEO-38 CLEO-84 CLEO-85 CLEO-86 CLEO-87 CLEO-88 CLEO-89
		MSS-2 MSS-7 MSS-8 MSS-12 MSS-47 EKT-11 EKT-15 EKT-17 IPL-19 IPL-28 IPL-40 IWAY-12 IWAY-13`) {
		if !taken[seed] {
			t.Errorf("no rule takes over %s", seed)
		}
	}
}
