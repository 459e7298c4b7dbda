package reconcile

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestDeadPeer: one that cannot be read, or opened, never stops the others.
func TestDeadPeer(t *testing.T) {
	w := newWorld(t, "1", "2", "3")
	w.git(`folder/a "path": "/a"`)
	w.servers["1"].fault = always(schema.Unreachable, "list")
	connect := w.run.Open
	w.run.Open = func(serial string, p schema.Peer) (Provider, error) {
		if serial == "3" {
			return nil, errors.New("credentials: no such file")
		}
		return connect(serial, p)
	}
	r := w.apply()
	w.want(r, "1 ! list: unreachable: as told", "2 + folder/a: applied", "3 ! credentials: no such file")
	if r.Counts() != (Counts{Applied: 1, Problems: 2}) {
		t.Errorf("%+v", r.Counts())
	}
	w.servers["1"].fault = nil
	w.restart()
	w.want(w.apply(), "1 + folder/a: applied", "3 + folder/a: applied")
	w.settled()
}

// TestRefusals: a write that is refused failed, whatever the peer has, and the rest goes on.
func TestRefusals(t *testing.T) {
	for _, cause := range []schema.Cause{schema.Unauthorised, schema.Busy, schema.Rejected, schema.Stale} {
		w := newWorld(t, "1")
		w.git(`folder/a "path": "/1"`, `folder/b "path": "/1"`)
		w.apply()
		w.git(`folder/a "path": "/2"`, `folder/b "path": "/2"`, `folder/c "path": "/2"`)
		s := w.servers["1"]
		s.fault = func(op string, key schema.Key) (error, bool) {
			if op == "update" && key.ID == "a" {
				return failure("update folder/a", cause, errors.New("no")), false
			}
			return nil, false
		}
		s.reset()
		w.want(w.apply(), fmt.Sprintf("1 ~ folder/a: failed: update folder/a: %s: no", cause), "1 ~ folder/b: applied", "1 + folder/c: applied")
		if s.calls["read"] != 5 { // three before, and two to read back
			t.Error(s.calls)
		}
		s.fault = nil
		w.unheld(w.plan())
		w.want(w.apply(), "1 ~ folder/a: applied")
		w.settled()
	}
}

// TestLostAnswer: after an answer that was lost, or made no sense, only the peer knows.
func TestLostAnswer(t *testing.T) {
	for _, cause := range []schema.Cause{schema.Unreachable, schema.Garbled} {
		for _, after := range []bool{true, false} {
			w := newWorld(t, "1")
			w.git(`folder/a "path": "/1"`, `folder/b "path": "/1"`)
			w.apply()
			w.git(`folder/a "path": "/2"`, `folder/c "path": "/2"`)
			w.servers["1"].fault = lose(cause, after)
			want := []string{"1 ~ folder/a: applied", "1 - folder/b: applied", "1 + folder/c: applied"}
			if !after {
				want = []string{
					fmt.Sprintf("1 ~ folder/a: failed: update folder/a: %s: lost", cause),
					fmt.Sprintf("1 - folder/b: failed: delete folder/b: %s: lost", cause),
					fmt.Sprintf("1 + folder/c: failed: create folder/c: %s: lost", cause),
				}
			}
			w.want(w.apply(), want...)
			w.servers["1"].fault = nil
			w.unheld(w.plan())
			w.apply()
			w.settled()
		}
	}
}

func lose(cause schema.Cause, after bool) func(string, schema.Key) (error, bool) {
	return func(op string, key schema.Key) (error, bool) {
		if op == "read" || op == "list" {
			return nil, false
		}
		return failure(op+" "+key.String(), cause, errors.New("lost")), after
	}
}

// TestLostAnswerWithASecret: whether the secret was written does not show, so it is written once more.
func TestLostAnswerWithASecret(t *testing.T) {
	for _, after := range []bool{true, false} {
		w := newWorld(t, "1")
		w.git(`host/a "address": "a", "password": "env:A"`, `host/b "address": "b", "password": "env:A"`)
		w.apply()
		w.git(`host/a "address": "a", "password": "env:B"`, `host/b "address": "c", "password": "env:B"`, `host/c "password": "env:B"`)
		w.servers["1"].fault = lose(schema.Garbled, after)
		if r := w.apply(); r.Counts() != (Counts{Failed: 3}) {
			t.Error(describe(r))
		}
		w.servers["1"].fault = nil
		w.git(`host/a "address": "a", "password": "env:A"`, `host/b "address": "b", "password": "env:A"`, `host/c "password": "env:A"`)
		w.unheld(w.plan())
		w.apply()
		w.settled()
	}
}

// TestAcceptedButNotDone: an answer of success proves nothing.
func TestAcceptedButNotDone(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/a "path": "/A", "quota": 1`)
	s := w.servers["1"]
	s.normalise = func(body schema.Body) schema.Body {
		body["path"] = strings.ToLower(fmt.Sprint(body["path"]))
		return body
	}
	w.want(w.apply(), "1 + folder/a: failed: the peer accepted it, but has another path")

	// It is ours all the same: what differs is drift.
	round := w.plan()
	w.unheld(round)
	if reason := round.Plan.Peers[0].Changes[0].Reason; reason != "drift" {
		t.Error(reason)
	}
	w.want(w.apply(), "1 ~ folder/a: failed: the peer accepted it, but has another path")
	w.git()
	w.unheld(w.plan("1"))
	w.want(w.apply("1"), "1 - folder/a: applied")
	w.settled()
}

func TestAcceptedAndForgotten(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/b "path": "/b"`)
	w.apply()
	w.git(`folder/a "path": "/a"`)
	w.run.Open = func(string, schema.Peer) (Provider, error) { return yes{w.servers["1"]}, nil }
	w.want(w.apply(),
		"1 + folder/a: failed: the peer accepted it, but does not have it",
		"1 - folder/b: failed: the peer accepted it, but still has it")
	w.restart()
	w.want(w.apply(), "1 + folder/a: applied", "1 - folder/b: applied")
	w.settled()
}

// TestStale: what was changed after the plan was made is not overwritten.
func TestStale(t *testing.T) {
	const stale = ": stale: it was changed on the peer after the plan was made; plan again"
	w := newWorld(t, "1")
	w.git(`folder/a "path": "/1"`, `folder/b "path": "/1"`, `folder/c "path": "/1"`)
	w.apply()
	w.git(`folder/a "path": "/2"`, `folder/c "path": "/2"`, `folder/d "path": "/2"`)
	round := w.plan()
	w.there("1", `folder/a "path": "/eve"`, `folder/b "path": "/eve"`, `folder/d "path": "/eve"`)
	s := w.servers["1"]
	s.mu.Lock()
	delete(s.items, schema.Key{Kind: "folder", ID: "c"})
	s.mu.Unlock()
	s.reset()
	report, err := w.applyRound(t.Context(), round)
	w.ok(err)
	w.want(report,
		"1 ~ folder/a: failed: update folder/a"+stale, "1 - folder/b: failed: delete folder/b"+stale,
		"1 ~ folder/c: failed: update folder/c"+stale, "1 + folder/d: failed: create folder/d"+stale)
	if s.writes() > 0 {
		t.Error(s.calls)
	}
}

func TestDeletedAlready(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/a "path": "/1"`)
	w.apply()
	w.git()
	round, s := w.plan(), w.servers["1"]
	clear(s.items)
	s.reset()
	report, err := w.applyRound(t.Context(), round)
	w.ok(err)
	w.want(report, "1 - folder/a: applied")
	if s.writes() > 0 {
		t.Error(s.calls)
	}
	w.settled()
}

// TestSilence: a peer that stops answering is left alone, not asked for each change; the others go on.
// dead is a peer that answers nothing any more once it is asked to create, or once it has created n items.
// TestSilences: a few in a row mean that a peer is gone; answers between them, that it lives. One that
// answers again after it was given up stays so in this run: what comes next may need what was not attempted.
// TestStoreFails: what was done is in the report, the error is returned, and the next run needs no consent.
