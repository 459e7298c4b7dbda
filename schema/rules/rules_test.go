package rules

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

type example struct {
	is     string // what is changed, in words
	change func(*schema.Cluster)
	want   []string // what is said; nothing for a near miss
}

// examples are those of every rule, by its id: some break it, and it alone; the others nearly do.
func examples() map[string][]example {
	all := map[string][]example{}
	for _, some := range []map[string][]example{
		nameExamples(), peerExamples(), addressExamples(), shareExamples(), itemExamples(), uniformExamples(),
		roleExamples(), groupExamples(), switchExamples(), healthExamples(), operateExamples(),
	} {
		maps.Copy(all, some)
	}
	return all
}

func TestValid(t *testing.T) {
	if got := Check(valid()); got != nil {
		t.Errorf("got %v", got)
	}
	if got := Check(&schema.Cluster{}); got != nil {
		t.Errorf("nothing at all: got %v", got)
	}
}

// TestEveryRule fails for a rule that has no example that breaks it, or none that nearly does.
func TestEveryRule(t *testing.T) {
	all := examples()
	for _, rule := range All() {
		t.Run(rule.ID, func(t *testing.T) {
			breaks, passes := 0, 0
			for _, example := range all[rule.ID] {
				check(t, rule, example)
				if len(example.want) > 0 {
					breaks++
				} else {
					passes++
				}
			}
			if breaks == 0 || passes == 0 {
				t.Errorf("want an example that breaks it and one that nearly does, got %d and %d", breaks, passes)
			}
		})
	}
}

func check(t *testing.T, rule Rule, e example) {
	t.Helper()
	c := valid()
	e.change(c)
	before, _ := json.Marshal(c)
	var got []string
	for _, problem := range Check(c) {
		if problem.Rule != rule.ID || problem.Remedy != rule.Remedy {
			t.Errorf("%s: breaks %s too: %v", e.is, problem.Rule, problem)
		}
		got = append(got, schema.JoinPath(problem.Path)+": "+problem.Message)
	}
	if !slices.Equal(got, e.want) {
		t.Errorf("%s:\ngot  %s\nwant %s", e.is, strings.Join(got, "\n     "), strings.Join(e.want, "\n     "))
	}
	if after, _ := json.Marshal(c); string(after) != string(before) {
		t.Errorf("%s: the cluster was modified", e.is)
	}
}

func TestRulesAreNamed(t *testing.T) {
	var ids []string
	for _, rule := range All() {
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
		ids = append(ids, rule.ID)
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("%v: not sorted, or one is there twice", ids)
	}
	for id := range examples() {
		if !slices.Contains(ids, id) {
			t.Errorf("%s has examples, but is no rule", id)
		}
	}
}

func TestCheckSaysTheSameEachTime(t *testing.T) {
	c := valid()
	for serial, peer := range c.Peers {
		peer.Group, peer.Address, peer.Items = "north", "n1", schema.Items{"a": nil, "b": nil, "c": nil}
		c.Peers[serial] = peer
	}
	first := Check(c)
	for range 20 {
		if again := Check(c); !slices.EqualFunc(again, first, func(a, b schema.Problem) bool { return a.String() == b.String() }) {
			t.Fatalf("got %v, then %v", first, again)
		}
	}
}
