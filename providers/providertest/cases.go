package providertest

import (
	"io/fs"
	"maps"
	"slices"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// cases are the items of cases.cue, with their secrets.
type cases struct {
	provider                          schema.Provider
	created, changed, theirs, refused schema.Items
}

// read evaluates cases.cue as a configuration is: its schema, defaults and rules hold.
func (s Suite) read(t testing.TB) cases {
	t.Helper()
	data, err := fs.ReadFile(s.Cases, "cases.cue")
	if err != nil {
		t.Fatal(err)
	}
	var c cases
	for name, into := range map[string]*schema.Items{
		"created": &c.created, "changed": &c.changed, "theirs": &c.theirs, "refused": &c.refused,
	} {
		result := load.Load(load.Input{Dir: ".", Files: map[string][]byte{
			"cases.cue": data, "cluster.cue": []byte("package cases\n\ncluster: " + name),
		}})
		for _, problem := range result.Problems {
			t.Errorf("%s: %s", name, problem)
		}
		if result.Cluster == nil {
			t.FailNow()
		}
		c.provider = result.Cluster.Provider
		*into = s.seal(result.Cluster)
	}
	c.check(t)
	return c
}

// seal puts secrets in the places of the references to them.
func (s Suite) seal(c *schema.Cluster) schema.Items {
	secret := s.Secret
	if secret == nil {
		secret = func(reference string) string { return "what " + reference + " stands for" }
	}
	sealed := schema.Items{}
	for kind, bodies := range c.Items {
		sealed[kind] = map[string]schema.Body{}
		for id, body := range bodies {
			for _, pointer := range c.Provider.Kinds[kind].Secrets {
				if reference, ok := schema.Lookup(map[string]any(body), pointer); ok {
					body = schema.Replace(body, pointer, schema.NewSecret(secret(reference.(string)), []byte("key")))
				}
			}
			sealed[kind][id] = body
		}
	}
	return sealed
}

// check finds cases that would prove nothing.
func (c cases) check(t testing.TB) {
	t.Helper()
	for kind := range c.provider.Kinds {
		if len(c.created[kind]) == 0 || len(c.changed[kind]) == 0 {
			t.Errorf("cases.cue: kind %s needs an item in created, and the same in changed", kind)
		}
	}
	for key := range each(c.changed) {
		if c.created[key.Kind][key.ID] == nil {
			t.Errorf("cases.cue: changed has %s, which created has not", key)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
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
