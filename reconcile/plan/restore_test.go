package plan

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestRestoreLeaves: what is not in the scope, not managed, left to the peer or not listed is not put back,
// and nothing is said of it but what has to be.
func TestRestoreLeaves(t *testing.T) {
	key := func(kind, id string) schema.Key { return schema.Key{Kind: kind, ID: id} }
	body := func(n int64) schema.Body { return schema.Body{"n": n} }
	now := map[string]schema.Body{"a": body(2), "b": body(2), "left": body(2), "out": body(2)}
	var kept []Kept
	base := map[schema.Key]Record{}
	for _, k := range []schema.Key{
		key("host", "a"), key("host", "b"), key("host", "left"), key("host", "out"), key("broken", "a"), key("unshared", "a"),
	} {
		kept = append(kept, Kept{Key: k, Body: body(1), Base: &Record{Body: schema.Body{"n": int64(1), "secret": "x"}}})
		base[k] = Record{Body: body(2)}
	}
	got := Restore(Input{
		Kinds: map[string]schema.Kind{"host": {}, "broken": {Secrets: []string{"/secret"}}},
		Base:  base,
		Observed: schema.Observation{Kinds: map[string]schema.Listing{
			"host": {Items: now}, "broken": {Err: errors.New("no JSON")},
		}},
		Leave: func(k schema.Key) bool { return k.ID == "left" },
		Pins:  map[schema.Key]Pin{key("host", "out"): {By: "eve"}},
	}, Rollback{
		Snapshot: Snapshot{Items: kept}, By: "ada", Scope: func(k schema.Key) bool { return k.ID != "out" },
	})
	var changes []string
	for _, c := range got.Changes {
		changes = append(changes, c.String())
	}
	if d := cmp.Diff([]string{"~ host/a (rolled back)", "~ host/b (rolled back)"}, changes); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if d := cmp.Diff([]string{"1 of unshared are left as they are: the peer does not share them now"}, got.Notes); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if strings.Join(got.Problems, "") != "no JSON" || len(got.Forget)+len(got.Records) > 0 || len(got.After) != 2 {
		t.Errorf("%+v", got)
	}
	if len(got.Pins) != 2 || got.Pins[key("host", "a")].By != "ada" || got.Peer.Pins[key("host", "out")].By != "eve" {
		t.Errorf("pins: %v and %v", got.Pins, got.Peer.Pins)
	}
	if len(got.Ours) != 3 || got.Ours[key("host", "left")] {
		t.Errorf("ours: %v", got.Ours)
	}
}
