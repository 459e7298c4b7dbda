package reconcile

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

func TestSilence(t *testing.T) {
	for _, dies := range []string{"create", "read back"} {
		w := newWorld(t, "1", "2")
		w.git(append(many(`folder/%03d "path": "/x"`, 100), many(`host/%03d "inbox": "000"`, 100)...)...)
		round, s := w.plan(), w.servers["1"]
		s.reset()
		s.fault = dead(dies, 100)
		report, err := w.applyRound(t.Context(), round)
		w.ok(err)
		one := report.Peers[0]
		if !strings.HasPrefix(one.Problem, "it stopped answering") {
			t.Errorf("%s: %s", dies, one.Problem)
		}
		n := Report{Peers: report.Peers[:1]}.Counts()
		if n.Applied > 0 || n.Failed == 0 || n.NotAttempted < 100 {
			t.Errorf("%s: %+v", dies, n)
		}
		for _, result := range one.Results {
			if result.Status == NotAttempted && result.Error != "" {
				t.Errorf("%s: %s: %s", dies, result.Change, result.Error) // all have the reason that the peer has
			}
		}
		if calls := s.calls["create"] + s.calls["list"] + s.calls["read"]; dies == "create" && calls > 1+silences+writers || calls > 102+silences+writers {
			t.Errorf("%s: %v", dies, s.calls)
		}
		if n := (Report{Peers: report.Peers[1:]}).Counts(); n.Applied != 200 {
			t.Errorf("%s: the other peer: %+v", dies, n)
		}
		s.fault = nil
		w.restart()
		w.unheld(w.plan())
		w.apply()
		w.settled()
	}
}

func dead(dies string, n int) func(string, schema.Key) (error, bool) {
	var mu sync.Mutex
	created := 0
	return func(op string, key schema.Key) (error, bool) {
		mu.Lock()
		defer mu.Unlock()
		if op == "create" {
			created++
		}
		if dies == "create" && created > 0 || dies != "create" && created >= n && op != "create" {
			return failure(op+" "+key.String(), schema.Unreachable, errors.New("silence")), false
		}
		return nil, false
	}
}

func TestSilences(t *testing.T) {
	var run peerRun
	silence := failure("read", schema.Unreachable, errors.New("silence"))
	for range 3 {
		for range silences - 1 {
			run.heard(silence)
		}
		run.heard(failure("read", schema.Busy, errors.New("later")))
	}
	if run.lost() {
		t.Error("given up too early")
	}
	for range silences {
		run.heard(silence)
	}
	run.heard(nil)
	if !run.lost() {
		t.Error("not given up")
	}
}

func TestStoreFails(t *testing.T) {
	for _, op := range []string{"begin", "remember", "finish"} {
		w := newWorld(t, "1")
		w.git(gateway()...)
		w.apply()
		w.git(`folder/in "path": "/2"`, `host/globex "address": "h", "inbox": "in", "password": "env:B"`, `host/new "inbox": "in", "password": "env:B"`)
		round := w.plan()
		failed := false
		w.store.fault = func(now string) error {
			if now == op && !failed {
				failed = true
				return errors.New("disk full")
			}
			return nil
		}
		report, err := w.applyRound(t.Context(), round)
		if err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Error(err)
		}
		want := map[string]Counts{"begin": {NotAttempted: 3, Problems: 1}, "remember": {Applied: 3, Problems: 1}, "finish": {Applied: 3}}
		if report.Counts() != want[op] {
			t.Errorf("%s: %v", op, describe(report))
		}
		w.store.fault = nil
		w.restart()
		w.git(`folder/in "path": "/3"`, `host/globex "address": "i", "inbox": "in", "password": "env:A"`, `host/new "inbox": "in", "password": "env:A"`)
		w.unheld(w.plan())
		w.apply()
		w.settled()
	}
}
