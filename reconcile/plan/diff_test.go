package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestDiffIsTheTable compares Diff with the oracle.
func TestDiffIsTheTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := input(t)
		if d := cmp.Diff(oracle(in), asLines(Diff(in))); d != "" {
			t.Fatalf("-oracle +Diff:\n%s", d)
		}
	})
}

func asLines(p Peer) []string {
	var lines []string
	for _, c := range p.Changes {
		line := fmt.Sprintf("%s %s %s", c.Action.Symbol(), c.Key, string(c.Reason))
		changes := c.Action == Update || c.Action == Replace
		if changes || c.Action == Delete {
			line += fmt.Sprintf(" held=%v", c.Held)
		}
		lines = append(lines, line)
		for _, f := range c.Fields {
			if changes {
				lines = append(lines, fmt.Sprintf("%s %s %s", c.Key, pointer(f.Path), string(f.Reason)))
			}
		}
	}
	for key := range p.Records {
		lines = append(lines, "record "+key.String())
	}
	for _, key := range p.Forget {
		lines = append(lines, "forget "+key.String())
	}
	slices.Sort(lines)
	return lines
}

// TestDiffIsDeterministic builds the maps anew, in another order, and wants the same bytes.
func TestDiffIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := input(t)
		again := in
		again.Base = maps.Clone(in.Base)
		again.Desired = schema.Items{}
		for _, kind := range slices.Backward(slices.Sorted(maps.Keys(in.Desired))) {
			again.Desired[kind] = maps.Clone(in.Desired[kind])
		}
		if a, b := wholeText(t, Diff(in)), wholeText(t, Diff(again)); a != b {
			t.Fatalf("%s\n%s", a, b)
		}
	})
}

func wholeText(t *rapid.T, p Peer) string {
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(data) + strings.Join(describe(p), "\n")
}

// TestDiffShowsNoSecret looks for the canary in all ways in which a plan may be printed.
func TestDiffShowsNoSecret(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := input(t)
		for _, body := range in.Observed.Kinds["user"].Items {
			body["p"] = canary + " shown by a careless peer"
		}
		p := Diff(in)
		for _, text := range []string{wholeText(t, p), fmt.Sprintf("%v %+v %#v", p, p, p.Changes)} {
			if strings.Contains(text, canary) {
				t.Fatal(text)
			}
		}
	})
}

// TestDiffLeavesForeignItemsAlone: nothing is planned for what was neither applied nor is wanted, unless all
// of its kind that Git does not name is to go: then that is held without consent, and not if it is protected.
func TestDiffLeavesForeignItemsAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := input(t)
		foreign, kept := 0, 0
		left := func(key schema.Key) bool { return in.Prune(key.Kind) != schema.PruneAll || in.Protected(key) != "" }
		for kind, listing := range in.Observed.Kinds {
			for id := range listing.Items {
				_, wanted := in.Desired[kind][id]
				key := schema.Key{Kind: kind, ID: id}
				if _, ours := in.Base[key]; !wanted && !ours && left(key) {
					foreign++
				} else if !wanted && ours && in.Prune(kind) == schema.PruneNone {
					kept++
				}
			}
		}
		p := Diff(in)
		for _, c := range p.Changes {
			_, wanted := in.Desired[c.Kind][c.ID]
			if _, ours := in.Base[c.Key]; !wanted && !ours && (left(c.Key) || c.Held == in.PruneForeign) {
				t.Fatal(c)
			}
		}
		if p.Foreign != foreign || p.Kept != kept {
			t.Fatalf("foreign: %d, want %d; kept: %d, want %d", p.Foreign, foreign, p.Kept, kept)
		}
	})
}

// TestDiffConverges applies a plan perfectly, to a peer that merges, and wants the next to be empty but
// for what was held.
func TestDiffConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := input(t)
		p := Diff(in)
		in.Base = maps.Clone(in.Base)
		for _, change := range p.Changes {
			if !change.Held {
				carryOut(in.Observed, change)
				record(in.Base, change)
			}
		}
		settle(in.Base, p)
		next := Diff(in)
		held := slices.DeleteFunc(slices.Clone(p.Changes), func(c Change) bool { return !c.Held })
		if d := cmp.Diff(texts(held), texts(next.Changes)); d != "" || len(next.Records)+len(next.Forget) > 0 {
			t.Fatalf("-held +planned again:\n%s\nrecords %v, forget %v", d, next.Records, next.Forget)
		}
	})
}

// carryOut is a perfect peer: it merges what it gets into what it has, and shows no secret.
func carryOut(o schema.Observation, c Change) {
	there := o.Kinds[c.Kind].Items
	if c.Action == Delete {
		delete(there, c.ID)
		return
	}
	body := map[string]any(there[c.ID])
	if c.Action == Replace {
		body = nil
	}
	for _, whole := range worldKinds()[c.Kind].Atomic {
		body = schema.Remove(body, whole)
	}
	there[c.ID] = visible(c.Kind, schema.Merge(body, c.Body))
}

func record(base map[schema.Key]Record, c Change) {
	if c.Action == Delete {
		delete(base, c.Key)
		return
	}
	base[c.Key] = remembered(Record{Body: c.Body, Revision: "r2"})
}

func settle(base map[schema.Key]Record, p Peer) {
	for key, r := range p.Records {
		base[key] = remembered(r)
	}
	for _, key := range p.Forget {
		delete(base, key)
	}
}

// TestWhatIsAlwaysThere is not deleted when nobody declares it any more.
func TestWhatIsAlwaysThere(t *testing.T) {
	key := schema.Key{Kind: "options", ID: "options"}
	p := Diff(Input{
		Kinds:    map[string]schema.Kind{"options": {Permanent: true}},
		Observed: schema.Observation{Kinds: map[string]schema.Listing{"options": {Items: map[string]schema.Body{"options": {"x": true}}}}},
		Base:     map[schema.Key]Record{key: {Body: schema.Body{"x": true}}},
	})
	if len(p.Changes) != 0 || len(p.Forget) != 0 || p.Foreign != 1 {
		t.Errorf("got %+v", p)
	}
}
