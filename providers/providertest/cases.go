package providertest

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// cases are what is in cases.cue. Secrets in its items are references.
type cases struct {
	provider                          schema.Provider
	created, changed, theirs, refused schema.Items
	table
}

// read evaluates cases.cue as a configuration is: its schema, defaults and rules hold.
func (s Suite) read(t testing.TB) cases {
	t.Helper()
	data, err := fs.ReadFile(s.Cases, "cases.cue")
	if err != nil {
		t.Fatal(err)
	}
	var c cases
	c.provider, c.created, c.table = evaluate(t, data, "created")
	_, c.changed, _ = evaluate(t, data, "changed")
	_, c.theirs, _ = evaluate(t, data, "theirs")
	_, c.refused, _ = evaluate(t, data, "refused")
	c.check(t)
	return c
}

// evaluate takes one cluster out of cases.cue, and the table.
func evaluate(t testing.TB, data []byte, name string) (schema.Provider, schema.Items, table) {
	t.Helper()
	result := load.Load(load.Input{Dir: ".", Files: map[string][]byte{"cases.cue": data, "cluster.cue": []byte(inCUE(name))}})
	for _, problem := range result.Problems {
		t.Errorf("%s: %s", name, problem)
	}
	if result.Cluster == nil {
		t.Fatalf("cases.cue: %s is no cluster", name)
	}
	return result.Cluster.Provider, result.Cluster.Items, tabled(t, result.Cluster.Note)
}

// key is that under which the suite marks secrets.
const key = "key"

// seal puts secrets in the places of the references to them.
func (s *story) seal(items schema.Items) schema.Items {
	sealed := schema.Items{}
	for kind, bodies := range items {
		sealed[kind] = map[string]schema.Body{}
		for id, body := range bodies {
			for _, pointer := range s.provider.Kinds[kind].Secrets {
				value, _ := schema.Lookup(map[string]any(body), pointer)
				if reference, ok := value.(string); ok { // else there is none, or it is a secret by now
					body = schema.Replace(body, pointer, schema.NewSecret(s.secret(reference), []byte(key)))
				}
			}
			sealed[kind][id] = body
		}
	}
	return sealed
}

// secret is what a reference stands for at this point of the story.
func (s *story) secret(reference string) string {
	if s.Secret == nil {
		return "what " + reference + s.rotation + " stands for"
	}
	return s.Secret(reference + s.rotation)
}

// check finds cases that would prove nothing.
func (c cases) check(t testing.TB) {
	t.Helper()
	for name, kind := range c.provider.Kinds {
		if len(c.created[name]) == 0 || len(c.changed[name]) == 0 {
			t.Errorf("cases.cue: kind %s needs an item in created, and the same in changed", name)
		}
		c.checkKind(t, name, kind)
	}
	for _, items := range slices.Concat([]schema.Items{c.changed}, slices.Collect(maps.Values(c.states))) {
		for key := range each(items) {
			if c.created[key.Kind][key.ID] == nil {
				t.Errorf("cases.cue: changed or a state has %s, which created has not", key)
			}
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

// checkKind finds what a kind says of itself and no case shows.
func (c cases) checkKind(t testing.TB, name string, kind schema.Kind) {
	t.Helper()
	if id := c.name(name, lastNumber); kind.IDs != nil && !regexp.MustCompile(kind.IDs.Match).MatchString(id) {
		t.Errorf("cases.cue: %q is no id of kind %s: names needs one with a number in it: names: %s: \"...%%d...\"", id, name, name)
	}
	if len(kind.Secrets) > 0 && !c.keeps(name, kind) {
		t.Errorf("cases.cue: kind %s has secrets, and no item of it in created", name)
	}
	if len(kind.Refs) == 0 {
		return
	}
	for _, body := range c.created[name] {
		if len(kind.References(body)) > 0 {
			return
		}
	}
	t.Errorf("cases.cue: kind %s refers to others, and no item in created does", name)
}

// keeps tells whether an item of the kind has a secret.
func (c cases) keeps(name string, kind schema.Kind) bool {
	for _, body := range c.created[name] {
		if slices.ContainsFunc(kind.Secrets, func(pointer string) bool {
			_, has := schema.Lookup(map[string]any(body), pointer)
			return has
		}) {
			return true
		}
	}
	return false
}

// kinds are all of the provider's.
func (c cases) kinds() []string { return slices.Sorted(maps.Keys(c.provider.Kinds)) }

// each goes through items in no order.
func each(items schema.Items) func(yield func(schema.Key, schema.Body) bool) {
	return func(yield func(schema.Key, schema.Body) bool) {
		for kind, bodies := range items {
			for id, body := range bodies {
				if !yield(schema.Key{Kind: kind, ID: id}, body) {
					return
				}
			}
		}
	}
}
