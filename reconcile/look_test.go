package reconcile

import (
	"errors"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

func TestAbsenceIsAsked(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/in "path": "/in"`, `folder/old "path": "/old"`)
	w.apply()
	w.there("1", `folder/bare "own": 1`)
	s := w.servers["1"]
	for _, id := range []string{"bare", "in", "old"} {
		s.unlisted[schema.Key{Kind: "folder", ID: id}] = true
	}
	w.git(`folder/in "path": "/new"`, `folder/bare "path": "/new"`)
	const stale = ": stale: it was changed on the peer after the plan was made; plan again"
	w.want(w.apply(),
		"1 + folder/bare: failed: create folder/bare"+stale,
		"1 + folder/in: failed: create folder/in"+stale)
	clear(s.unlisted)
	w.want(w.apply("1"), "1 ~ folder/bare: applied", "1 ~ folder/in: applied", "1 - folder/old: applied")
	w.settled()
}

func TestManyAreListed(t *testing.T) {
	for _, c := range []struct{ changes, lists, reads int }{{15, 0, 30}, {17, 2, 0}} {
		w := newWorld(t, "1")
		w.git(many(`folder/%02d "path": "/x"`, c.changes)...)
		round, s := w.plan(), w.servers["1"]
		s.reset()
		_, err := w.applyRound(t.Context(), round)
		w.ok(err)
		if s.calls["list"] != c.lists || s.calls["read"] != c.reads {
			t.Errorf("%d changes: %v", c.changes, s.calls)
		}
		w.settled()
	}
}

func TestUnlistedAfterwards(t *testing.T) {
	w := newWorld(t, "1")
	w.git(many(`folder/%02d "path": "/x"`, 20)...)
	round, s := w.plan(), w.servers["1"]
	s.unlisted[schema.Key{Kind: "folder", ID: "07"}] = true
	report, err := w.applyRound(t.Context(), round)
	w.ok(err)
	if report.Counts() != (Counts{Applied: 20}) {
		t.Error(describe(report))
	}
	w.git()
	round = w.plan()
	s.broken["folder"] = true
	report, err = w.applyRound(t.Context(), round)
	w.ok(err)
	if report.Counts() != (Counts{Applied: 19}) {
		t.Error(describe(report))
	}
}

func TestKindThatCannotBeListed(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/in "path": "/1"`)
	w.apply()
	w.git(`folder/in "path": "/2"`)
	dead := false
	w.store.fault = func(op string) error {
		if dead = dead || op == "remember"; dead {
			return errors.New("killed")
		}
		return nil
	}
	_, _ = w.applyRound(t.Context(), w.plan()) // it wrote, and could not say so
	w.store.fault = nil

	w.git(`folder/in "path": "/3"`, `host/a "address": "a"`)
	w.servers["1"].broken["folder"] = true
	w.want(w.apply(), "1 ! list folder: garbled: no JSON", "1 + host/a: applied")
	clear(w.servers["1"].broken)
	w.want(w.apply(), "1 ~ folder/in: applied")
	w.settled()
}

func TestNoLongerShared(t *testing.T) {
	w := newWorld(t, "1")
	w.git(gateway()...)
	w.apply()
	w.cluster.Peers["1"] = schema.Peer{Share: map[string]schema.Sharing{"folders": schema.WithAll}}
	w.servers["1"].reset()
	w.want(w.apply())
	w.settled()
	if base := w.store.peers["1"].Base; len(base) != 1 || w.servers["1"].calls["read"] > 0 {
		t.Error(base, w.servers["1"].calls)
	}
	if keys := w.servers["1"].keys(); len(keys) != 2 {
		t.Error(keys)
	}
}

func TestCircle(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/a "path": "/a"`)
	round := w.plan()
	w.cluster.Provider.Kinds["folder"] = schema.Kind{Class: "folders", After: []string{"host"}}
	report, err := w.applyRound(t.Context(), round)
	if err == nil || len(report.Peers[0].Results) != 1 || report.Peers[0].Results[0].Status != NotAttempted {
		t.Error(err, describe(report))
	}
}
