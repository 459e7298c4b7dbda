package reconcile

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/schema"
)

func gateway() []string {
	return []string{`folder/in "path": "/in"`, `host/globex "address": "g", "inbox": "in", "password": "env:A", "tags": ["x"]`}
}

func TestApply(t *testing.T) {
	w := newWorld(t, "1", "2")
	w.git(gateway()...)
	w.want(w.apply(),
		"1 + folder/in: applied", "1 + host/globex: applied",
		"2 + folder/in: applied", "2 + host/globex: applied")
	w.settled()
	before := w.servers["1"].writes()
	w.want(w.apply()) // twice is once
	if now := w.servers["1"].writes(); now != before {
		t.Errorf("%d writes more", now-before)
	}
}

// TestApplyInOrder: what is referred to comes first, and goes last.
func TestApplyInOrder(t *testing.T) {
	w := newWorld(t, "1")
	w.git(gateway()...)
	w.apply()
	w.git(`folder/out "path": "/out"`, `host/initech "inbox": "out"`)
	w.want(w.apply(), "1 - folder/in: applied", "1 + folder/out: applied", "1 - host/globex: applied", "1 + host/initech: applied")
	w.settled()
	if d := cmp.Diff([]string{"folder/out", "host/initech"}, w.servers["1"].keys()); d != "" {
		t.Error(d)
	}
}

func TestApplyChanges(t *testing.T) {
	w := newWorld(t, "1")
	w.git(gateway()...)
	w.apply()
	w.there("1", `host/foreign "address": "f"`)
	w.git(`folder/in "path": "/new"`, `host/globex "address": "g", "inbox": "in", "password": "env:B", "tags": ["x"]`)
	w.want(w.apply(), "1 ~ folder/in: applied", "1 ~ host/globex: applied")
	w.there("1", `folder/in "path": "/drifted", "own": 1`)
	w.want(w.apply(), "1 ~ folder/in: applied")
	w.settled()
	if own := w.servers["1"].items[schema.Key{Kind: "folder", ID: "in"}]["own"]; own != int64(1) {
		t.Errorf("own: %v", own)
	}
	if keys := w.servers["1"].keys(); !slices.Contains(keys, "host/foreign") {
		t.Error(keys)
	}
}

func TestApplyHeld(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/a "path": "/git"`, `folder/b "path": "/b"`)
	w.there("1", `folder/a "path": "/there"`, `folder/b "path": "/b"`)
	r := w.apply()
	w.want(r, "1 ~ folder/a: held")
	if r.Peers[0].InSync != 1 || r.Counts() != (Counts{Held: 1}) {
		t.Errorf("%+v", r)
	}
	w.want(w.apply("1"), "1 ~ folder/a: applied")
	w.settled()

	w.git(`folder/a "path": "/again"`, `folder/b "path": "/b"`)
	w.there("1", `folder/a "path": "/elsewhere"`)
	r = w.apply()
	if r.Counts() != (Counts{Held: 1, Conflicts: 1}) {
		t.Errorf("%+v", r.Counts())
	}
	w.want(w.apply("1"), "1 ~ folder/a: applied")
	w.settled()
}

// TestAnotherInstance: what was applied to another installation under the same address counts for nothing.
func TestAnotherInstance(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/a "path": "/a"`, `folder/b "path": "/b"`, `folder/c "path": "/c"`)
	w.apply()
	w.servers["1"] = newServer(w.cluster.Provider.Kinds)
	w.servers["1"].instance = "i2"
	w.there("1", `folder/a "path": "/a"`, `folder/b "path": "/other"`, `folder/old "path": "/old"`)
	w.want(w.apply(), "1 ~ folder/b: held", "1 + folder/c: applied")
	if got := w.store.peers["1"]; got.Instance != "i2" || len(got.Base) != 2 {
		t.Errorf("%+v", got)
	}
}

func TestPlanFails(t *testing.T) {
	for want, spoil := range map[string]func(w *world, o *PlanOptions){
		"--take-over 9: there is no such peer":      func(_ *world, o *PlanOptions) { o.TakeOver = []string{"9"} },
		"/password of host/globex: no secret env:A": func(w *world, _ *PlanOptions) { delete(w.secrets, "env:A") },
		"/password of host/globex: want a reference to a secret, env:NAME or file:PATH": func(w *world, _ *PlanOptions) {
			w.cluster.Items["host"]["globex"]["password"] = int64(1)
		},
		"disk on fire": func(w *world, _ *PlanOptions) {
			w.store.fault = func(string) error { return errors.New("disk on fire") }
		},
		"disk on fire again": func(w *world, _ *PlanOptions) {
			w.servers["1"].digests, w.servers["2"].digests = true, true
			w.store.fault = func(string) error { return errors.New("disk on fire again") }
		},
	} {
		w := newWorld(t, "1", "2")
		w.git(gateway()...)
		var o PlanOptions
		spoil(w, &o)
		if _, err := w.run.Plan(t.Context(), w.target(), w.store, o); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestPlan(t *testing.T) {
	w := newWorld(t)
	round, err := w.run.Plan(t.Context(), w.target(), w.store, PlanOptions{TwoWay: true})
	w.ok(err)
	data, err := json.Marshal(round.Plan)
	w.ok(err)
	want := `{"version":1,"cluster":"mft","revision":"r1","twoWay":true,"peers":[]}`
	if string(data) != want {
		t.Errorf("%s", data)
	}
}

// TestNoSecretIsShown looks for the canary in all that a run leaves behind.
func TestNoSecretIsShown(t *testing.T) {
	w := newWorld(t, "1")
	w.git(gateway()...)
	var events []string
	w.run.Events = func(e Event) { events = append(events, fmt.Sprintf("%+v", e)) }
	round := w.plan()
	report, err := w.applyRound(t.Context(), round)
	w.ok(err)
	for _, text := range append(append(events, w.store.runs...), fmt.Sprintf("%+v %#v", round.Plan, report), fmt.Sprint(w.store.peers)) {
		if strings.Contains(text, "canary") {
			t.Error(text)
		}
	}
}

// TestReportComesBack: the report of the last run is read by the next command.
func TestReportComesBack(t *testing.T) {
	w := newWorld(t, "1")
	w.git(gateway()...)
	report := w.apply()
	var back Report
	w.ok(json.Unmarshal([]byte(w.store.runs[0]), &back))
	w.want(back, describe(report)...)
	if back.Counts() != (Counts{Applied: 2}) {
		t.Errorf("%+v", back)
	}
}

// TestAbsenceIsAsked: a list may leave out an item. Then nothing is made in its place, and its record stays.
// TestManyAreListed: of many changes there is one list, and no read of each.
// TestUnlistedAfterwards: what a list leaves out, or cannot give, is read back by itself.
// TestKindThatCannotBeListed: the others are carried out, and it is not forgotten what may have been
// written of it before.
// TestNoLongerShared: the items stay on the peer, and are forgotten without a question.
