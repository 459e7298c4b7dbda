package rules

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// valid keeps every rule; a case changes one thing in it.
func valid() *schema.Cluster {
	all := map[string]bool{"all": true, "certificates": true, "hosts": true, "schedule": true}
	return &schema.Cluster{
		Name: "mft",
		Provider: schema.Provider{
			Name: "product",
			Port: schema.Ports{HTTP: 80, HTTPS: 443},
			Classes: map[string]schema.Class{
				"certificates": {},
				"hosts":        {Needs: []string{"certificates", "keys"}}, // the product has no class of keys
				"schedule":     {Needs: []string{"hosts"}},
			},
			Kinds: map[string]schema.Kind{
				"cert": {Class: "certificates"},
				"user": {Class: "hosts", Secrets: []string{"/password", "/proxy/password"}},
				"job":  {Class: "schedule"},
			},
		},
		Peers: map[string]schema.Peer{
			"1001": {Address: "n1", Group: "east", Share: all},
			"1002": {Address: "n2", Group: "east", Share: all},
			"HC3":  {Address: "n3", Share: all},
		},
		Groups: map[string]schema.Group{"east": {}, "west": {}},
		Items:  schema.Items{"user": {"alice": {"password": "env:ALICE"}}},
	}
}

type example struct {
	is     string // what is changed, in words
	change func(*schema.Cluster)
	want   []string // what is said; nothing for a near miss
}

// examples are those of every rule, by its id: the first ones break it, the others nearly do.
func examples() map[string][]example {
	return map[string][]example{
		"item-kind-exists":      itemKindExamples(),
		"item-secret-reference": secretExamples(),
		"name-form":             nameExamples(),
		"peer-address-callable": callableExamples(),
		"peer-address-unique":   addressExamples(),
		"peer-group-exists":     groupExamples(),
		"peer-serial-unique":    serialExamples(),
		"share-needs":           shareExamples(),
	}
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
	for _, rule := range All() {
		t.Run(rule.ID, func(t *testing.T) {
			breaks, passes := 0, 0
			for _, example := range examples()[rule.ID] {
				check(t, rule.ID, example)
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

func check(t *testing.T, id string, e example) {
	t.Helper()
	c := valid()
	e.change(c)
	before, _ := json.Marshal(c)
	var got []string
	for _, problem := range Check(c) {
		got = append(got, problem.String())
	}
	var want []string
	for _, said := range e.want {
		want = append(want, said+" ["+id+"]")
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s:\ngot  %s\nwant %s", e.is, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	if after, _ := json.Marshal(c); string(after) != string(before) {
		t.Errorf("%s: the cluster was modified", e.is)
	}
}

func TestRulesAreNamed(t *testing.T) {
	var ids []string
	for _, rule := range All() {
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`).MatchString(rule.ID) {
			t.Errorf("%s: not words in lower case with dashes", rule.ID)
		}
		if !regexp.MustCompile(`^[A-Z].*[^.]\.$`).MatchString(rule.Sentence) {
			t.Errorf("%s: %q is not a sentence", rule.ID, rule.Sentence)
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
