package reconcile

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// saved saves a round and reads it again, as from a file.
func (w *world) saved(round *Round) Saved {
	w.t.Helper()
	data, err := json.Marshal(w.run.Save(round, "id", "Ada: subject"))
	w.ok(err)
	if strings.Contains(string(data), "canary") {
		w.t.Fatalf("a secret was saved: %s", data)
	}
	var back Saved
	w.ok(json.Unmarshal(data, &back))
	return back
}

// held plans once more and holds the plan to a saved one.
func (w *world) held(s Saved) (*Round, []string, int) {
	w.t.Helper()
	round := w.planWith(s.Options)
	moved, left := w.run.Reduce(round, s)
	var lines []string
	for _, m := range moved {
		for _, shift := range m.Shifts {
			lines = append(lines, fmt.Sprintf("%s %s %s%s", m.Serial, m.Key, shift.Text, strings.Join(shift.Path, ".")))
		}
	}
	return round, lines, left
}

// TestSavedPlanIsAppliedAsItWas lets anything happen between the making of a plan and its application:
// either nothing that it touches has moved, and it does what it said, all of it and nothing else; or what
// moved is named, each item that did and no other.
func TestSavedPlanIsAppliedAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, "1", "2")
		w.git(lines(t)...)
		w.apply()
		w.git(lines(t)...)
		round := w.plan()
		s := w.saved(round)
		touched := map[string]bool{}
		for _, p := range s.Plan.Peers {
			for _, c := range p.Changes {
				touched[p.Serial+" "+c.Key.String()] = !c.Held
			}
		}
		serial := rapid.SampledFrom([]string{"1", "2"}).Draw(t, "where")
		key := schema.Key{Kind: "folder", ID: rapid.SampledFrom([]string{"0", "1", "2", "stranger"}).Draw(t, "what")}
		before := w.servers[serial].items[key]
		disturb(t, w.servers[serial], key)
		changed := cmp.Diff(before, w.servers[serial].items[key]) != ""

		_, moved, _ := w.held(s)
		if !changed || !touched[serial+" "+key.String()] {
			moved = slices.DeleteFunc(moved, consequence)
			if len(moved) > 0 {
				t.Fatalf("%s %s was changed: %v, and these are said to have moved: %q", serial, key, changed, moved)
			}
			return
		}
		if len(moved) == 0 {
			t.Fatalf("%s %s moved unseen", serial, key)
		}
		for _, line := range moved {
			if !strings.HasPrefix(line, serial+" "+key.String()+" ") && !consequence(line) {
				t.Fatalf("%s %s was changed, but %q", serial, key, line)
			}
		}
	})
}

// consequence tells whether an item only moved because of one that it has to do with.
func consequence(line string) bool {
	return strings.Contains(line, "held now") || strings.Contains(line, "before it")
}

// disturb changes, deletes or makes an item, or does nothing.
func disturb(t *rapid.T, s *server, key schema.Key) {
	switch rapid.IntRange(0, 2).Draw(t, "how") {
	case 0:
		s.put(key, schema.Body{"path": "/elsewhere"})
	case 1:
		s.cascadeless(key)
	}
}

// cascadeless takes an item away as somebody else does: what refers to it is left as it is.
func (s *server) cascadeless(key schema.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, key)
}

func TestSavedPlanLeavesTheRestAlone(t *testing.T) {
	w := newWorld(t, "1", "2")
	w.git(`folder/a "path": "/a"`, `host/h "address": "x", "password": "env:A"`)
	s := w.saved(w.plan())
	w.git(`folder/a "path": "/a"`, `host/h "address": "x", "password": "env:A"`, `folder/b "path": "/b"`)
	w.there("2", `folder/stranger "path": "/mine"`)
	round, moved, left := w.held(s)
	if len(moved) != 0 || left != 2 {
		t.Fatalf("moved %q, left %d", moved, left)
	}
	report, err := w.applyRound(t.Context(), round)
	w.ok(err)
	w.want(report, "1 + folder/a: applied", "1 + host/h: applied", "2 + folder/a: applied", "2 + host/h: applied")
	if items := slices.Collect(maps.Keys(w.servers["1"].items)); len(items) != 2 {
		t.Error(items)
	}
}

func TestSavedPlanNamesWhatMoved(t *testing.T) {
	begin := func(t *testing.T) (*world, Saved) {
		w := newWorld(t, "1", "2")
		w.git(`folder/a "path": "/a"`, `folder/old "path": "/old"`, `host/h "address": "x", "password": "env:A"`)
		w.apply()
		w.git(`folder/a "path": "/b"`, `host/h "address": "y", "password": "env:A", "inbox": "a"`)
		return w, w.saved(w.plan())
	}
	for name, test := range map[string]struct {
		change func(w *world)
		want   []string
	}{
		"nothing":             {func(*world) {}, nil},
		"a secret":            {func(w *world) { w.secrets["env:A"] = "canary C" }, []string{"1 host/h password", "2 host/h password"}},
		"applied by another":  {func(w *world) { w.there("1", `folder/a "path": "/b"`) }, []string{"1 folder/a the peer has what Git wants by now"}},
		"deleted by another":  {func(w *world) { w.servers["2"].cascadeless(schema.Key{Kind: "folder", ID: "old"}) }, []string{"2 folder/old it is gone from the peer already"}},
		"what it refers to":   {func(w *world) { w.servers["2"].cascadeless(schema.Key{Kind: "folder", ID: "a"}) }, []string{"2 folder/a the plan was to update it, and now it would be to create it (deleted on the peer)"}},
		"a peer that is new":  {func(w *world) { w.servers["1"].instance = "i2" }, []string{"1 / another installation answers at its address now"}},
		"a peer that moved":   {func(w *world) { p := w.cluster.Peers["1"]; p.Address = "other"; w.cluster.Peers["1"] = p }, []string{"1 / its address was , and is other now"}},
		"a peer that is gone": {func(w *world) { delete(w.cluster.Peers, "1") }, []string{"1 / it is no peer of the cluster any more"}},
		"a peer that has come": {func(w *world) {
			w.cluster.Peers["3"] = w.cluster.Peers["1"]
			w.servers["3"] = newServer(w.servers["1"].kinds)
		}, nil},
		"a peer out of relation": {func(w *world) {
			p := w.cluster.Peers["1"]
			p.Suspended = &schema.Suspended{Reason: "repair"}
			w.cluster.Peers["1"] = p
		}, []string{"1 / it is suspended now: repair"}},
		"Git, of an item":     {func(w *world) { delete(w.cluster.Items["folder"], "a") }, []string{"1 folder/a the plan was to update it, and now it would be to delete it (no longer in Git)", "2 folder/a the plan was to update it, and now it would be to delete it (no longer in Git)"}},
		"a peer that is away": {func(w *world) { w.servers["1"].fault = always(schema.Unreachable, "list") }, nil},
		"a kind that is away": {func(w *world) { w.servers["1"].broken["folder"] = true }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w, s := begin(t)
			test.change(w)
			_, moved, _ := w.held(s)
			if d := cmp.Diff(test.want, moved); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestSavedPlanNeedsNothingMore: an item that a change refers to has gone, and would have to be made first.
func TestSavedPlanNeedsNothingMore(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/a "path": "/a"`, `host/h "address": "x", "inbox": "a"`)
	w.apply()
	w.git(`folder/a "path": "/a"`, `host/h "address": "y", "inbox": "a"`)
	s := w.saved(w.plan())
	w.servers["1"].cascadeless(schema.Key{Kind: "folder", ID: "a"})
	if _, moved, left := w.held(s); cmp.Diff(moved, []string{"1 host/h folder/a would have to change before it now, and is not in the plan"}) != "" || left != 1 {
		t.Error(moved, left)
	}
}

// TestSavedPlanOfAPeerThatIsAway: it does not hold up the others, and the report names all that it did not get.
func TestSavedPlanOfAPeerThatIsAway(t *testing.T) {
	w := newWorld(t, "1", "2", "3")
	w.git(`folder/a "path": "/a"`, `host/h "address": "x"`)
	s := w.saved(w.plan())
	w.servers["1"].fault = always(schema.Unreachable, "list")
	w.servers["2"].broken["folder"] = true
	round, moved, _ := w.held(s)
	if len(moved) > 0 {
		t.Fatal(moved)
	}
	report, err := w.run.Apply(t.Context(), round, w.store)
	w.ok(err)
	const why = ": not-attempted: whether it is still as it was planned could not be read"
	w.want(report, "1 ! list: unreachable: as told", "1 + folder/a"+why, "1 + host/h"+why,
		"2 ! list folder: garbled: no JSON", "2 + host/h: applied", "2 + folder/a"+why,
		"3 + folder/a: applied", "3 + host/h: applied")
}

// TestSavedPlanKeepsWhatWasHeld: what was held when the plan was made stays so, whatever has gone since.
func TestSavedPlanKeepsWhatWasHeld(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/a "path": "/a"`, `folder/b "path": "/b"`)
	w.there("1", `folder/a "path": "/other"`, `folder/b "path": "/other"`)
	s := w.saved(w.plan())
	w.servers["1"].cascadeless(schema.Key{Kind: "folder", ID: "a"})
	w.there("1", `folder/b "path": "/b"`)
	round, moved, left := w.held(s)
	if len(moved)+left > 0 {
		t.Fatal(moved, left)
	}
	report, err := w.applyRound(t.Context(), round)
	w.ok(err)
	w.want(report, "1 + folder/a: held")
	if len(s.Plan.Peers[0].Changes) != 2 || !s.Plan.Peers[0].Changes[0].WaitsFor(plan.Consent) {
		t.Error(s.Plan.Peers[0].Changes)
	}
}
