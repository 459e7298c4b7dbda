package reconcile

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// newSettledWorld has one server with digests, which was found to hold what is desired.
func newSettledWorld(t tester) *world {
	w := newWorld(t, "1001")
	w.servers["1001"].digests = true
	w.git(`folder/inbox "path": "/srv"`, `host/globex "inbox": "inbox", "password": "env:A"`)
	w.there("1001", `folder/theirs "path": "/"`)
	w.apply()
	w.apply()
	w.servers["1001"].reset()
	return w
}

// asked is how often the server was asked for lists and for digests, since the last time.
func (w *world) asked() map[string]int {
	s := w.servers["1001"]
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := maps.Clone(s.calls)
	clear(s.calls)
	return calls
}

func (w *world) wantAsked(digests, lists int) {
	w.t.Helper()
	want := map[string]int{"digest": digests, "list": lists}
	maps.DeleteFunc(want, func(_ string, n int) bool { return n == 0 })
	if d := cmp.Diff(want, w.asked()); d != "" {
		w.t.Fatalf("calls: -want +got:\n%s", d)
	}
}

// TestUnchangedCostsOneRequest also after a restart, and however often.
func TestUnchangedCostsOneRequest(t *testing.T) {
	w := newSettledWorld(t)
	for range 3 {
		w.restart()
		p := w.plan().Plan.Peers[0]
		if p.InSync != 2 || p.Foreign != 1 || len(p.Changes) > 0 || p.Serial != "1001" || p.Alias != "alias-1001" {
			t.Errorf("%+v", p)
		}
		w.wantAsked(1, 0)
		w.apply()
		w.wantAsked(1, 0)
	}
	w.settled()
}

// TestWhatEndsIt has one thing differ after the peer was settled, and wants it to be read.
func TestWhatEndsIt(t *testing.T) {
	for name, differ := range map[string]func(*world){
		"an item of ours changed": func(w *world) { w.there("1001", `folder/inbox "path": "/data"`) },
		"another's changed":       func(w *world) { w.there("1001", `folder/theirs "path": "/data"`) },
		"changed and put back": func(w *world) {
			w.there("1001", `folder/theirs "path": "/data"`, `folder/theirs "path": "/"`)
		},
		"reinstalled": func(w *world) { w.servers["1001"].instance = "i2" },
		"Git moved":   func(w *world) { w.git(`folder/inbox "path": "/srv"`) },
		"Git moved and back": func(w *world) {
			w.git(`folder/inbox "path": "/srv"`)
			w.apply()
			w.git(`folder/inbox "path": "/srv"`, `host/globex "inbox": "inbox", "password": "env:A"`)
			w.asked()
		},
		"a secret changed": func(w *world) { w.secrets["env:A"] = "another" },
		"a kind's words":   func(w *world) { w.cluster.Provider.Kinds["folder"] = schema.Kind{Class: "folders", ZeroIsAbsent: true} },
		"less is shared": func(w *world) {
			w.cluster.Peers["1001"] = schema.Peer{Share: map[string]schema.Sharing{"folders": schema.WithAll}}
		},
		"more is left alone":   func(w *world) { w.cluster.Leave = map[string]schema.Selection{"folder": {IDs: []string{"theirs"}}} },
		"it can tell no more":  func(w *world) { w.servers["1001"].digests = false },
		"a run did not finish": func(w *world) { w.remember(func(m *plan.Memory) { m.Intents = m.Base }) },
		"the state was lost":   func(w *world) { w.store = newMemory() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newSettledWorld(t)
			differ(w)
			w.plan()
			if w.asked()["list"] != 1 {
				t.Error("it was not read")
			}
		})
	}
}

// remember changes what is remembered.
func (w *world) remember(change func(*plan.Memory)) {
	m := w.store.peers["1001"]
	change(&m)
	w.store.peers["1001"] = m
}

// TestNotSettled has something to do, or unknown, or moving, at the time when the peer is read.
func TestNotSettled(t *testing.T) {
	for name, spoil := range map[string]func(*world){
		"something is held":       func(w *world) { w.there("1001", `folder/inbox "path": "/other"`); w.store = newMemory() },
		"a kind cannot be listed": func(w *world) { w.servers["1001"].broken["host"] = true; w.there("1001", `folder/theirs "a": 1`) },
		"it changes while read": func(w *world) {
			w.there("1001", `folder/theirs "a": 1`)
			w.servers["1001"].fault = func(op string, _ schema.Key) (error, bool) {
				if op == "list" {
					w.servers["1001"].put(w.item(`folder/theirs "a": 2`))
				}
				return nil, false
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSettledWorld(t)
			spoil(w)
			w.apply()
			w.asked()
			w.plan()
			if w.asked()["list"] != 1 {
				t.Error("it was not read")
			}
		})
	}
}

// TestSettledIsWhatReadingSays changes peers and Git at random, and compares each plan of a server with
// digests with that of the same server without.
func TestSettledIsWhatReadingSays(t *testing.T) {
	gits := [][]string{
		{`folder/inbox "path": "/srv"`, `host/globex "inbox": "inbox", "password": "env:A"`},
		{`folder/inbox "path": "/data"`},
		{},
		{`host/globex "password": "env:B"`},
	}
	theirs := []string{`folder/inbox "path": "/srv"`, `folder/inbox "path": "/theirs"`, `folder/theirs "a": 1`, `host/globex "x": 2`}
	unread := 0
	rapid.Check(t, func(r *rapid.T) {
		w := newSettledWorld(r)
		for range rapid.IntRange(1, 6).Draw(r, "steps") {
			switch rapid.IntRange(0, 4).Draw(r, "step") {
			case 0:
				w.git(rapid.SampledFrom(gits).Draw(r, "git")...)
			case 1:
				w.there("1001", rapid.SampledFrom(theirs).Draw(r, "theirs"))
			case 2:
				w.apply("1001")
			case 3:
				w.apply()
			default:
				w.restart()
			}
			w.asked()
			quick := w.plan().Plan
			if w.asked()["list"] == 0 {
				unread++
			}
			w.servers["1001"].digests = false
			if d := cmp.Diff(w.plan().Plan, quick, cmpopts.IgnoreFields(plan.Peer{}, "Records", "Forget"), cmpopts.IgnoreTypes(schema.Secret{})); d != "" {
				r.Fatalf("-read +unread:\n%s", d)
			}
			w.servers["1001"].digests = true
		}
	})
	if unread == 0 {
		t.Error("every server was read, every time")
	}
}
