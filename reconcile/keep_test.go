package reconcile

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// shelf keeps snapshots as a store does, for one run.
type shelf struct {
	mu    sync.Mutex
	kept  map[string]plan.Snapshot
	fault func() error // asked before anything is kept; may be nil
}

func (s *shelf) keep(snapshot plan.Snapshot, items iter.Seq[plan.Kept]) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil {
		if err := s.fault(); err != nil {
			return err
		}
	}
	for item := range items {
		if item.Base != nil {
			back := kept(map[schema.Key]plan.Record{item.Key: *item.Base})[item.Key]
			item.Base = &back
		}
		snapshot.Items = append(snapshot.Items, item)
	}
	if s.kept == nil {
		s.kept = map[string]plan.Snapshot{}
	}
	s.kept[snapshot.Serial] = snapshot
	return nil
}

// keeping gives the process a shelf for its next run.
func (w *world) keeping() *shelf {
	s := &shelf{}
	w.run.Keep = s.keep
	return s
}

// back is the rollback to what a shelf has.
func (s *shelf) back(scope func(schema.Key) bool) PlanOptions {
	r := &Rollback{Of: "before", Peers: map[string]plan.Rollback{}}
	for serial, snapshot := range s.kept {
		r.Peers[serial] = plan.Rollback{Snapshot: snapshot, Scope: scope, By: "ada"}
	}
	return PlanOptions{Rollback: r, Replace: anew.Replace}
}

// rollback puts back what a shelf has.
func (w *world) rollback(s *shelf, scope func(schema.Key) bool) Report {
	w.t.Helper()
	report, err := w.applyRound(context.Background(), w.planWith(s.back(scope)))
	w.ok(err)
	return report
}

// shows is all that a server shows.
func (s *server) shows() map[schema.Key]schema.Body {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[schema.Key]schema.Body{}
	for key, body := range s.items {
		all[key] = s.shown(key.Kind, body)
	}
	return all
}

// TestRollback puts everything back that an apply changed, and wants the next apply not to undo it: until Git
// is as it was, or wants something else, or somebody consents.
func TestRollback(t *testing.T) {
	for name, then := range map[string]func(w *world){
		"Git is reverted":   func(w *world) { w.cluster.Items = past(t).cluster.Items; w.apply() },
		"somebody consents": consent,
		"Git moves on": func(w *world) {
			future(w)
			report := w.replace(anew.Replace...)
			if report.Counts().Applied != 8 {
				t.Errorf("what Git wants otherwise now is no longer held: %v", describe(report))
			}
			for _, result := range report.Peers[0].Results {
				if result.Status == Held && result.Change.Action != plan.Delete { // that something goes Git wanted before
					t.Errorf("held: %s", result.Change)
				}
			}
			consent(w)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := past(t)
			before := w.servers["1"].shows()
			present(w)
			s := w.keeping()
			w.replace(anew.Replace...)
			w.rollback(s, nil)
			w.same(before, w.servers["1"].shows())
			report := w.replace(anew.Replace...)
			if n := report.Counts(); n.Applied > 0 || n.Held == 0 {
				t.Errorf("the next apply: %v", describe(report))
			}
			w.same(before, w.servers["1"].shows())
			then(w)
			w.settled()
		})
	}
}

// consent applies with every consent.
func consent(w *world) {
	_, err := w.applyRound(context.Background(), w.planWith(PlanOptions{TakeOver: []string{"1"}, Replace: anew.Replace}))
	w.ok(err)
}

// TestRollbackAppliesNothing: what later clusters have to follow is still what was applied last.
func TestRollbackAppliesNothing(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/in "path": "/1"`)
	s := w.keeping()
	w.apply()
	w.store.last = "what was applied last"
	w.want(w.rollback(s, nil), "1 - folder/in: applied")
	w.same("what was applied last", w.store.last)
}

// TestRollbackAnything: whatever was there and whatever Git wanted next, a rollback puts back what servers
// show, and the next apply writes nothing.
func TestRollbackAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, "1")
		draw := func(name string) []string {
			var lines []string
			for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3, rapid.ID).Draw(t, name) {
				lines = append(lines, `folder/`+id+` `+rapid.SampledFrom([]string{`"path": "/1"`, `"path": "/2", "quota": 1`, `"more": {"x": 1}`, `"more": {"y": [1]}`}).Draw(t, "body"))
			}
			return lines
		}
		w.git(draw("first")...)
		w.apply()
		w.there("1", draw("drift")...)
		before := w.servers["1"].shows()
		w.git(draw("second")...)
		s := w.keeping()
		w.apply("1")
		w.run.Keep = nil
		w.rollback(s, nil)
		w.same(before, w.servers["1"].shows())
		w.servers["1"].reset()
		w.apply()
		if n := w.servers["1"].writes(); n > 0 {
			t.Fatalf("the next apply wrote %d", n)
		}
	})
}

// TestRollbackPart puts back one item, one kind, and nothing beside.
func TestRollbackPart(t *testing.T) {
	w := past(t)
	before := w.servers["1"].shows()
	present(w)
	s := w.keeping()
	w.replace(anew.Replace...)
	after := w.servers["1"].shows()
	both := schema.Key{Kind: "host", ID: "both"}
	w.rollback(s, func(key schema.Key) bool { return key == both })
	after[both] = before[both]
	w.same(after, w.servers["1"].shows())
}

// TestRollbackRollsForward: a rollback is a run like any other, and can itself be put back.
func TestRollbackRollsForward(t *testing.T) {
	w := past(t)
	present(w)
	first := w.keeping()
	w.replace(anew.Replace...)
	after := w.servers["1"].shows()
	second := w.keeping()
	w.rollback(first, nil)
	w.rollback(second, nil)
	w.same(after, w.servers["1"].shows())
	w.unheld(w.plan()) // and there is no pin left
	w.there("1", `folder/in "path": "/drift"`)
	w.unheld(w.plan())
}

// TestRollbackFromAnOlderCommit: where Git as it is cannot be read, an older commit is; the next apply of the
// newest is held all the same.
func TestRollbackFromAnOlderCommit(t *testing.T) {
	w := past(t)
	older := w.cluster.Items
	before := w.servers["1"].shows()
	present(w)
	s := w.keeping()
	w.replace(anew.Replace...)
	newest := w.cluster.Items
	w.cluster.Items = older
	w.rollback(s, nil)
	w.cluster.Items = newest
	if n := w.replace(anew.Replace...).Counts(); n.Applied > 0 {
		t.Errorf("%d applied", n.Applied)
	}
	w.same(before, w.servers["1"].shows())
}

// TestRollbackAsksAboutDrift: what somebody changed since is not overwritten silently.
func TestRollbackAsksAboutDrift(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/in "path": "/1"`)
	w.apply()
	w.git(`folder/in "path": "/2"`, `folder/new "path": "/2"`)
	s := w.keeping()
	w.apply()
	w.there("1", `folder/in "path": "/3"`, `folder/new "path": "/3"`)
	w.want(w.rollback(s, nil), "1 ~ folder/in: held", "1 - folder/new: held")
	w.run.Keep = nil
	o := s.back(nil)
	o.TakeOver = []string{"1"}
	report, err := w.applyRound(context.Background(), w.planWith(o))
	w.ok(err)
	w.want(report, "1 ~ folder/in: applied", "1 - folder/new: applied")
}

// TestTakeOverKeepsAll: before a stranger is taken over, all that it holds is kept (CLEO-9, CLEO-43, MSS-49,
// MSS-50); and it can be put back, and is a stranger again.
func TestTakeOverKeepsAll(t *testing.T) {
	w := newWorld(t, "1")
	w.there("1", `folder/in "path": "/years/old"`, `folder/theirs "path": "/x"`, `host/theirs "address": "a", "password": "canary"`)
	before := w.servers["1"].shows()
	w.git(`folder/in "path": "/1"`, `folder/new "path": "/1"`)
	s := w.keeping()
	w.apply("1")
	all := map[schema.Key]schema.Body{}
	for _, item := range s.kept["1"].Items {
		all[item.Key] = item.Body
	}
	before[schema.Key{Kind: "folder", ID: "new"}] = nil // it was not there
	w.same(before, all)
	w.same([]string{"folder", "host", "job"}, s.kept["1"].Kinds)
	w.rollback(s, nil)
	delete(before, schema.Key{Kind: "folder", ID: "new"})
	w.same(before, w.servers["1"].shows())
	w.git(`folder/in "path": "/4"`)
	w.want(w.apply(), "1 ~ folder/in: held")
}

// TestKeepBeforeWriting: a peer whose items cannot be kept is not written to, and the others are.
func TestKeepBeforeWriting(t *testing.T) {
	w := newWorld(t, "1", "2")
	w.git(`folder/in "path": "/1"`)
	w.run.Keep = func(s plan.Snapshot, _ iter.Seq[plan.Kept]) error {
		if s.Serial == "1" {
			return errors.New("no space left")
		}
		return nil
	}
	report, err := w.applyRound(context.Background(), w.plan())
	if err == nil {
		t.Error("no error")
	}
	w.want(report, "1 ! keep what peer 1 holds, before it is overwritten: no space left", "1 + folder/in: not-attempted", "2 + folder/in: applied")
	if n := w.servers["1"].writes(); n > 0 {
		t.Errorf("%d writes", n)
	}
}

// TestRollbackOfSecrets: a secret that changed since is not put back, and the plan says so; one whose former
// value Git wants again is.
func TestRollbackOfSecrets(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`host/stays "password": "env:A"`, `host/gone "password": "env:A"`, `host/changed "password": "env:A", "user": "u"`)
	w.apply()
	w.git(`host/stays "password": "env:A", "user": "u"`, `host/changed "password": "env:B"`)
	s := w.keeping()
	w.apply()
	w.run.Keep = nil
	round := w.planWith(s.back(nil))
	want := []string{
		"secrets are not put back, and stay as they are now: they have changed since, or may have, in host/changed",
		"made anew without their secrets, of which no value is kept: host/gone; set them, by an apply or on the peer",
	}
	w.same(want, round.Plan.Peers[0].Notes)
	report, err := w.applyRound(context.Background(), round)
	w.ok(err)
	w.same(want, report.Peers[0].Notes)
	w.git(`host/stays "password": "env:A"`, `host/gone "password": "env:A"`, `host/changed "password": "env:A", "user": "u"`)
	w.same([]string(nil), w.planWith(s.back(nil)).Plan.Peers[0].Notes) // now the value is known
	w.apply()
	w.settled()
}

// TestSnapshot keeps everything, and nothing of what cannot be listed.
func TestSnapshot(t *testing.T) {
	w := newWorld(t, "1", "2")
	w.git(`folder/in "path": "/1"`)
	w.apply()
	w.there("1", `folder/theirs "path": "/x"`)
	w.servers["2"].broken["host"] = true
	s := w.keeping()
	peers, err := w.run.Snapshot(context.Background(), w.target(), w.store, []string{"1", "2"})
	w.ok(err)
	w.same([]PeerSnapshot{
		{Serial: "1", Alias: "alias-1", Items: 2},
		{Serial: "2", Alias: "alias-2", Items: 1, Problem: "list host: garbled: no JSON"},
	}, peers)
	w.same([]string{"folder", "job"}, s.kept["2"].Kinds)
	// What was applied since of a kind that the snapshot has whole goes; what somebody else made stays.
	w.git(`folder/new "path": "/1"`)
	w.apply()
	w.there("1", `folder/later "path": "/x"`)
	w.rollback(s, nil)
	w.same([]string{"folder/in", "folder/later", "folder/theirs"}, names(w.servers["1"].shows()))
}

func names(items map[schema.Key]schema.Body) []string {
	var all []string
	for _, key := range slices.SortedFunc(maps.Keys(items), plan.CompareKeys) {
		all = append(all, key.String())
	}
	return all
}

// TestCrashInRollback kills a rollback at each of its calls: what it put back until then is not undone by the
// next apply, and the next rollback finishes.
func TestCrashInRollback(t *testing.T) {
	start := func() (*world, *shelf, map[schema.Key]schema.Body) {
		w := past(t)
		before := w.servers["1"].shows()
		present(w)
		s := w.keeping()
		w.replace(anew.Replace...)
		return w, s, before
	}
	w, s, _ := start()
	calls := w.liveWith(-1, s.back(nil))
	for lives := range calls {
		w, s, before := start()
		w.liveWith(lives, s.back(nil))
		left := w.servers["1"].shows()
		w.replace(anew.Replace...)
		if d := cmp.Diff(left, w.servers["1"].shows()); d != "" {
			t.Fatalf("killed after %d of %d calls, and an apply undid some of it:\n%s", lives, calls, d)
		}
		w.rollback(s, nil)
		if d := cmp.Diff(before, w.servers["1"].shows()); d != "" {
			t.Fatalf("killed after %d of %d calls:\n%s", lives, calls, d)
		}
	}
}
