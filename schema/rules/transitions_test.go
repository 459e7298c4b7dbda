package rules

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestEveryTransition fails for a rule that has no example that breaks it, and it alone, or none that
// nearly does. Where one breaks it, what the remedy says is done in two steps, and each must be allowed.
func TestEveryTransition(t *testing.T) {
	all := transitionExamples()
	for _, rule := range AllTransitions() {
		t.Run(rule.ID, func(t *testing.T) {
			breaks, passes := 0, 0
			for _, e := range all[rule.ID] {
				checkTransition(t, rule, e)
				if len(e.want) > 0 {
					breaks++
				} else {
					passes++
				}
			}
			if breaks == 0 || passes == 0 {
				t.Errorf("want an example that breaks it and one that nearly does, got %d and %d", breaks, passes)
			}
		})
		delete(all, rule.ID)
	}
	for id := range all {
		t.Errorf("%s has examples, but is no rule", id)
	}
}

func checkTransition(t *testing.T, rule Transition, e move) {
	t.Helper()
	old, next := from(t, e.is, e.old), from(t, e.is, e.next)
	before, _ := json.Marshal([]any{old, next})
	var got []string
	for _, problem := range Transitions(old, next) {
		if problem.Rule != rule.ID || problem.Remedy != rule.Remedy || len(problem.Related) == 0 {
			t.Errorf("%s: breaks %s too, or says too little: %v", e.is, problem.Rule, problem)
		}
		got = append(got, schema.JoinPath(problem.Path)+": "+problem.Message)
	}
	if !slices.Equal(got, e.want) {
		t.Errorf("%s:\ngot  %s\nwant %s", e.is, strings.Join(got, "\n     "), strings.Join(e.want, "\n     "))
	}
	if after, _ := json.Marshal([]any{old, next}); string(after) != string(before) {
		t.Errorf("%s: a cluster was modified", e.is)
	}
	if len(e.want) == 0 {
		return
	}
	if e.step == nil {
		t.Fatalf("%s: the remedy is not tried", e.is)
	}
	step := from(t, e.is, both(e.old, e.step))
	if first, second := Transitions(old, step), Transitions(step, next); len(first)+len(second) > 0 {
		t.Errorf("%s: the remedy is refused: %v, then %v", e.is, first, second)
	}
}

// from is the valid cluster with a change, which must leave it so.
func from(t *testing.T, is string, change func(*schema.Cluster)) *schema.Cluster {
	t.Helper()
	c := valid()
	c.Transport, c.Provider.Kept = "https", schema.Kept{Transport: true, Roles: []string{"scheduler"}}
	change(c)
	if problems := Check(c); problems != nil {
		t.Errorf("%s: not valid by itself: %v", is, problems)
	}
	return c
}

func TestTransitionsAreNamed(t *testing.T) {
	var ids []string
	for _, rule := range All() {
		ids = append(ids, rule.ID)
	}
	for _, rule := range AllTransitions() {
		for what, form := range map[string]string{
			rule.ID:       `^[a-z]+(-[a-z]+)+$`,
			rule.Sentence: `^[A-Z].*[^.]\.$`,
			rule.Remedy:   `^[a-z].*[^.]$`,
			rule.Seed:     `^([A-Z]+-[0-9]+(, [A-Z]+-[0-9]+)*)?$`,
		} {
			if !regexp.MustCompile(form).MatchString(what) {
				t.Errorf("%s: %q does not match %s", rule.ID, what, form)
			}
		}
		if slices.Contains(ids, rule.ID) {
			t.Errorf("%s is a rule already", rule.ID)
		}
		ids = append(ids, rule.ID)
	}
	if only := slices.IndexFunc(ids, func(id string) bool { return id == "cluster-renamed" }); !slices.IsSorted(ids[only:]) {
		t.Errorf("%v: not sorted", ids[only:])
	}
}

// TestPredecessor finds a cluster by its name, or else by its peers.
func TestPredecessor(t *testing.T) {
	named := func(name string, changes ...func(*schema.Cluster)) *schema.Cluster {
		c := valid()
		c.Name = name
		both(changes...)(c)
		return c
	}
	moved := both(address("1001", "m1"), address("1002", "m2"), address("HC3", "m3"))
	for is, test := range map[string]struct {
		applied []*schema.Cluster
		want    string
	}{
		"nothing was applied":      {nil, ""},
		"by its name":              {[]*schema.Cluster{named("a"), named("mft", moved)}, "mft"},
		"by its peers":             {[]*schema.Cluster{named("b"), named("a", moved)}, "b"},
		"by most of its peers":     {[]*schema.Cluster{named("a", address("1001", "m1")), named("b")}, "b"},
		"the first of equals":      {[]*schema.Cluster{named("b"), named("a")}, "a"},
		"others' peers":            {[]*schema.Cluster{named("a", moved)}, ""},
		"equal but for the scheme": {[]*schema.Cluster{named("a", moved, address("HC3", "http://n3:443"))}, "a"},
	} {
		applied := map[string]*schema.Cluster{}
		for _, c := range test.applied {
			applied[c.Name] = Remains(c)
		}
		got := ""
		if found := Predecessor(applied, valid()); found != nil {
			got = found.Name
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", is, got, test.want)
		}
	}
}
