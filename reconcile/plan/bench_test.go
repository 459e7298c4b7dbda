package plan

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// BenchmarkDiff compares 10,000 items of ten fields; it reports the cost of one item.
func BenchmarkDiff(b *testing.B) {
	const items = 10_000
	for _, c := range []struct {
		name   string
		kind   schema.Kind
		drifts int // every how many items one has drifted; 0: none
	}{
		{name: "in sync"},
		{name: "sets and secrets", kind: schema.Kind{Secrets: []string{"/password"}, Sets: map[string]string{"/tags": ""}, Atomic: []string{"/permissions"}, ZeroIsAbsent: true}},
		{name: "one in ten drifted", drifts: 10},
		{name: "all drifted", drifts: 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			in := cluster(b, c.kind, items, c.drifts)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				if p := Diff(in); len(p.Changes)+p.InSync != items {
					b.Fatal(p)
				}
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*items), "ns/item")
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N*items), "B/item")
		})
	}
}

func cluster(b *testing.B, kind schema.Kind, items, drifts int) Input {
	in := Input{
		Kinds: map[string]schema.Kind{"user": kind}, Revision: "r1",
		Desired: schema.Items{"user": {}}, Base: map[schema.Key]Record{},
	}
	observed := map[string]schema.Body{}
	for i := range items {
		id := fmt.Sprint("user", i)
		in.Desired["user"][id] = withSecrets(kind, user(b, i), sealed)
		in.Base[schema.Key{Kind: "user", ID: id}] = Record{Body: withSecrets(kind, user(b, i), marked)}
		observed[id] = user(b, i)
		if drifts > 0 && i%drifts == 0 {
			observed[id]["email"] = "somebody@else.example"
		}
	}
	in.Observed.Kinds = map[string]schema.Listing{"user": {Items: observed}}
	return in
}

func user(b *testing.B, i int) schema.Body {
	return parse(b, fmt.Sprintf(`{
		"home": "/srv/%d", "email": "u%d@example.com", "status": 1, "uid": %d, "password": "swordfish", "description": "",
		"quota": {"files": 100, "size": 1.5}, "permissions": {"/": ["*"]}, "tags": ["a", "b", "c"], "enabled": true
	}`, i, i, i))
}
