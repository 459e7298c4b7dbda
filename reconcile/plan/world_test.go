package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// canary is what every secret of the properties begins with.
const canary = "canary-in-a-mine"

// worldKinds are kinds with everything that makes two bodies equal.
func worldKinds() map[string]schema.Kind {
	return map[string]schema.Kind{
		"folder": {},
		"user": {
			After: []string{"folder"}, Secrets: []string{"/p", "/o/p"},
			Sets: map[string]string{"/s": ""}, Atomic: []string{"/m"},
		},
		"lean": {ZeroIsAbsent: true, Immutable: []string{"/a", "/b/c"}},
	}
}

func scalar() *rapid.Generator[any] {
	return rapid.SampledFrom([]any{nil, true, false, int64(0), int64(1), 1.0, 1.5, "", "x", "y", json.Number("36893488147419103232")})
}

func list() *rapid.Generator[any] {
	return rapid.Map(rapid.SliceOfN(scalar(), 0, 3), func(l []any) any { return l })
}

func object(value *rapid.Generator[any]) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), value, 0, 3)
}

func anyObject(value *rapid.Generator[any]) *rapid.Generator[any] {
	return rapid.Map(object(value), func(o map[string]any) any { return o })
}

// bodies generates what a person writes, or a peer shows; secret says what stands for a secret, and may
// be nil.
func bodies(secret func(string) any) *rapid.Generator[schema.Body] {
	return rapid.Custom(func(t *rapid.T) schema.Body {
		deep := rapid.OneOf(scalar(), list(), anyObject(scalar()))
		body := object(rapid.OneOf(scalar(), list(), anyObject(deep))).Draw(t, "body")
		maybe := func(name string, value *rapid.Generator[any]) {
			if rapid.Bool().Draw(t, name+"?") {
				body[name] = value.Draw(t, name)
			}
		}
		maybe("s", list())
		maybe("m", anyObject(scalar()))
		if secret != nil {
			hidden := rapid.Map(rapid.IntRange(1, 3), func(n int) any { return secret(fmt.Sprint(canary, n)) })
			maybe("p", hidden)
			maybe("o", rapid.Map(hidden, func(s any) any { return map[string]any{"p": s, "q": "x"} }))
		}
		return body
	})
}

// items generates up to three items of each kind; only users have secrets.
func items(t *rapid.T, name string, secret func(string) any) schema.Items {
	all := schema.Items{}
	for _, kind := range slices.Sorted(maps.Keys(worldKinds())) {
		hide := secret
		if kind != "user" {
			hide = nil
		}
		all[kind] = rapid.MapOfN(rapid.SampledFrom([]string{"1", "2", "3"}), bodies(hide), 0, 3).Draw(t, name+" "+kind)
	}
	return all
}

// input generates everything that a diff depends on: of many items, what is desired was desired before,
// and is on the peer already.
func input(t *rapid.T) Input {
	in := Input{Kinds: worldKinds(), Revision: "r2", Desired: items(t, "desired", sealed), Base: map[schema.Key]Record{}}
	before, there := items(t, "base", sealed), items(t, "observed", nil)
	in.Observed.Kinds = map[string]schema.Listing{}
	for kind := range in.Kinds {
		for _, id := range []string{"1", "2", "3"} {
			mix(t, schema.Key{Kind: kind, ID: id}, in.Desired, before, there)
		}
		in.Observed.Kinds[kind] = schema.Listing{Items: there[kind]}
	}
	for kind, bodies := range before {
		for id, body := range bodies {
			in.Base[schema.Key{Kind: kind, ID: id}] = remembered(Record{Body: body, Revision: "r1"})
		}
	}
	in.TakeOver = rapid.Bool().Draw(t, "take over")
	if rapid.Bool().Draw(t, "replace") {
		in.Replace = anything
	}
	in.Policy = policies(t, in.Kinds)
	return in
}

// policies generates what becomes of items that Git does not name, by kind, and protects those with one id.
func policies(t *rapid.T, kinds map[string]schema.Kind) Policy {
	prune := map[string]string{}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		prune[kind] = rapid.SampledFrom([]string{schema.PruneOwned, schema.PruneOwned, schema.PruneAll, schema.PruneNone}).Draw(t, "prune "+kind)
	}
	protected := rapid.SampledFrom([]string{"", "", "1", "2"}).Draw(t, "protected")
	return Policy{
		Prune:        func(kind string) string { return prune[kind] },
		PruneForeign: rapid.Bool().Draw(t, "prune foreign"),
		Protected: func(key schema.Key) string {
			if key.ID == protected {
				return "guards.protect." + key.Kind
			}
			return ""
		},
	}
}

// anything is consent to make any item anew.
func anything(schema.Key) bool { return true }

// mix lets some fields of an item be those of its neighbour, so that all cells of the table are met.
func mix(t *rapid.T, key schema.Key, desired, before, there schema.Items) {
	copyFields(t, "git "+key.String(), before[key.Kind][key.ID], desired[key.Kind][key.ID])
	copyFields(t, "peer "+key.String(), there[key.Kind][key.ID], visible(key.Kind, before[key.Kind][key.ID]))
}

func copyFields(t *rapid.T, name string, to, from schema.Body) {
	if to == nil {
		return
	}
	for _, field := range slices.Sorted(maps.Keys(from)) {
		if rapid.Bool().Draw(t, name+" "+field) {
			to[field] = from[field]
		}
	}
}

// visible is what a peer shows of a body.
func visible(kind string, body schema.Body) schema.Body {
	return withoutSecrets(worldKinds()[kind], body)
}

// remembered is a record as a store gives it back.
func remembered(r Record) Record {
	data, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	var back Record
	if err := json.Unmarshal(data, &back); err != nil {
		panic(err)
	}
	return back
}
