package plan

import (
	"encoding/json"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// FuzzFields compares any two bodies: nothing panics, and a body is as desired as it is itself.
func FuzzFields(f *testing.F) {
	f.Add(`{"a": 1, "s": [1, "x"]}`, `{"a": 1.0, "s": ["x", 1]}`)
	f.Add(`{"m": {"a": null}, "o": {"p": "x"}}`, `{"m": null, "o": []}`)
	f.Add(`{"a": 1e999999999, "b": -0.0}`, `{"a": 99999999999999999999, "b": 0}`)
	f.Add(`{"k": [{"n": 1}, {"n": null}, {}, 3]}`, `{"k": [{}, {"n": {}}, 3, [{"n": 1}]]}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		var x, y schema.Body
		if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
			t.Skip()
		}
		for _, kind := range []schema.Kind{{}, {ZeroIsAbsent: true}, {
			Sets: map[string]string{"/s": "", "/k": "n"}, Atomic: []string{"/m", "/k"}, Secrets: []string{"/o/p", "/m/p"},
		}} {
			compare(t, kind, x, y)
		}
	})
}

func compare(t *testing.T, kind schema.Kind, x, y schema.Body) {
	if fields := Fields(kind, x, x); len(fields) > 0 {
		t.Errorf("%v differs from itself: %v", x, fields)
	}
	change := Change{Action: Update, Body: x, Fields: Fields(kind, x, y)}
	if !Fresh(kind, change, y) {
		t.Errorf("%v, %v: never fresh", x, y)
	}
	key := schema.Key{Kind: "k", ID: "1"}
	Diff(Input{
		Kinds:    map[string]schema.Kind{"k": kind},
		Desired:  schema.Items{"k": {"1": x}},
		Observed: schema.Observation{Kinds: map[string]schema.Listing{"k": {Items: map[string]schema.Body{"1": y}}}},
		Base:     map[schema.Key]Record{key: {Body: y}},
	})
}
