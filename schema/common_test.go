package schema

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// TestDealOutMergesBack deals random items of random peers out, and takes them together again the way that
// Desired does.
func TestDealOutMergesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cluster := Cluster{
			Provider: Provider{Kinds: map[string]Kind{"user": {Class: "hosts"}, "folder": {Class: "folders"}}},
			Peers:    map[string]Peer{},
		}
		held := map[string]Items{}
		for _, serial := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "2", "10", "A", "B"}), 1, 5, rapid.ID).Draw(t, "peers") {
			sharing := rapid.SampledFrom([]Sharing{WithAll, WithAll, WithGroup})
			cluster.Peers[serial] = Peer{Share: map[string]Sharing{"hosts": sharing.Draw(t, "hosts"), "folders": sharing.Draw(t, "folders")}}
			held[serial] = Items{"user": bodies().Draw(t, "users"), "folder": bodies().Draw(t, "folders")}
		}
		deal := DealOut(held, func(serial, kind string) bool {
			return cluster.Peers[serial].Share[cluster.Provider.Kinds[kind].Class] == WithAll
		})
		cluster.Items = deal.Items
		for serial, patches := range deal.Peers {
			peer := cluster.Peers[serial]
			peer.Items = patches
			cluster.Peers[serial] = peer
		}
		for serial, items := range held {
			desired := cluster.Desired(serial)
			for kind, want := range items {
				if got := desired[kind]; len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
					t.Fatalf("%s holds of %s %v after dealing out as %v, want %v", serial, kind, got, deal, want)
				}
			}
		}
	})
}

// bodies are few and alike, so that peers have much in common.
func bodies() *rapid.Generator[map[string]Body] {
	return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.Map(objects(2), func(o map[string]any) Body { return withoutNull(o) }), 0, 3)
}

func withoutNull(object map[string]any) map[string]any {
	plain := map[string]any{}
	for name, value := range object {
		if below, ok := value.(map[string]any); ok {
			value = withoutNull(below)
		}
		if value != nil {
			plain[name] = value
		}
	}
	return plain
}

func TestDealOut(t *testing.T) {
	alike, other := Body{"path": "/a", "quota": int64(1)}, Body{"path": "/b"}
	deal := DealOut(map[string]Items{
		"1": {"folder": {"in": alike, "most": alike}},
		"2": {"folder": {"in": other, "most": alike, "own": other}},
		"3": {"folder": {"in": alike}},
	}, func(string, string) bool { return true })
	want := Deal{
		Items: Items{"folder": {"in": alike, "most": alike}},
		Peers: map[string]Items{
			"2": {"folder": {"in": {"path": "/b", "quota": nil}, "own": other}},
			"3": {"folder": {"most": nil}},
		},
	}
	if !reflect.DeepEqual(deal, want) {
		t.Errorf("got %v, want %v", deal, want)
	}
}
