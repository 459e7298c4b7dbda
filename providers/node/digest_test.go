package node

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// write brings a kind to the given items by a random way: detours through
// other bodies and other ids, in any order.
func (n *Node) write(t *rapid.T, kind string, items map[string]string) {
	ids := rapid.Permutation(slices.Sorted(maps.Keys(items))).Draw(t, "order")
	var extra []string
	for _, id := range ids {
		if rapid.Bool().Draw(t, "detour") {
			n.do("PUT", itemPath(kind, id), `{"detour":true}`)
		}
		if rapid.Bool().Draw(t, "removal") {
			n.do("DELETE", itemPath(kind, id), "")
		}
		if rapid.Bool().Draw(t, "extra") {
			extra = append(extra, id+"-extra")
			n.do("PUT", itemPath(kind, id+"-extra"), items[id])
		}
	}
	for _, id := range rapid.Permutation(ids).Draw(t, "order") {
		n.do("PUT", itemPath(kind, id), items[id])
	}
	for _, id := range extra {
		if _, wanted := items[id]; !wanted {
			n.do("DELETE", itemPath(kind, id), "")
		}
	}
}

func TestDigestIgnoresHistory(t *testing.T) {
	n := newNode(t, Options{})
	fresh := 0 // a kind is used once, so that each begins empty
	kind := func() string {
		fresh++
		return fmt.Sprintf("k%d", fresh)
	}
	bodies := rapid.SampledFrom([]string{`{}`, `{"a":1}`, `{"a":1.0}`, `{"a":"1"}`, `{"b":[{}]}`})
	ids := rapid.StringMatching(`[ab/é]{1,4}`)
	rapid.Check(t, func(r *rapid.T) {
		items := rapid.MapOf(ids, bodies).Draw(r, "items")
		one, two := kind(), kind()
		n.write(r, one, items)
		n.write(r, two, items)
		kinds := n.status(t).Kinds
		if kinds[one].Digest != kinds[two].Digest || kinds[one].Count != len(items) || kinds[two].Count != len(items) {
			r.Fatalf("%v\n%v", kinds[one], kinds[two])
		}
		want := recompute(n.list(t, one, 3))
		if want.Digest != kinds[one].Digest {
			r.Fatalf("digest %v, recomputed %v", kinds[one].Digest, want.Digest)
		}
		if len(items) == 0 {
			return
		}
		changed := rapid.SampledFrom(slices.Sorted(maps.Keys(items))).Draw(r, "changed")
		n.do("PUT", itemPath(two, changed), `{"changed":true}`)
		if n.status(t).Kinds[two].Digest == kinds[one].Digest {
			r.Fatal("another body, the same digest")
		}
	})
}

func TestDigestKeepsIDAndBodyApart(t *testing.T) {
	var one, two digest
	one.toggle("ab", []byte("c"))
	two.toggle("a", []byte("bc"))
	if one == two {
		t.Error("the same digest")
	}
}

func TestDigestText(t *testing.T) {
	var got digest
	for _, bad := range []string{`"12"`, `"` + zeros[1:] + `x"`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
