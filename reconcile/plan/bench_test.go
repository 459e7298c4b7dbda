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

// BenchmarkRelations deletes 10,000 users with the folders that they use, but for one that is still used by
// a foreign item; it reports the cost of one change.
func BenchmarkRelations(b *testing.B) {
	const users, folders = 10_000, 100
	in := Input{Kinds: map[string]schema.Kind{"folder": {}, "user": {Refs: map[string]string{"/folders/*/name": "folder"}}}, Base: map[schema.Key]Record{}}
	items := schema.Items{"folder": {}, "user": {"foreign": parse(b, `{"folders": [{"name": "7"}]}`)}}
	for i := range users {
		items["folder"][fmt.Sprint(i%folders)] = schema.Body{}
		items["user"][fmt.Sprint(i)] = parse(b, fmt.Sprintf(`{"folders": [{"name": "%d"}, {"name": "0"}]}`, i%folders))
		in.Base[schema.Key{Kind: "folder", ID: fmt.Sprint(i % folders)}] = Record{}
		in.Base[schema.Key{Kind: "user", ID: fmt.Sprint(i)}] = Record{Body: items["user"][fmt.Sprint(i)]}
	}
	in.Observed.Kinds = map[string]schema.Listing{"folder": {Items: items["folder"]}, "user": {Items: items["user"]}}
	for b.Loop() {
		if p := Diff(in); len(p.Changes) != users+folders || (Plan{Peers: []Peer{p}}).Summary().Held != 1 {
			b.Fatal(len(p.Changes))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*(users+folders)), "ns/change")
}
