package reconcile

import (
	"errors"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

const oldHost, newHost = `host/a "protocol": "sftp", "password": "env:A"`, `host/a "protocol": "as2", "password": "env:B"`

// replacing is a world in which a host is to be made anew.
func replacing(t tester) *world {
	w := newWorld(t, "1")
	w.git(oldHost)
	w.apply()
	w.there("1", `host/a "protocol": "sftp", "own": 1`)
	w.git(newHost)
	return w
}

// TestReplace: with consent, and only with it, an item is deleted and made anew; the report has the consent.
func TestReplace(t *testing.T) {
	w := replacing(t)
	w.want(w.apply("1"), "1 -/+ host/a: held")
	report := w.replace("job/*", "host/a")
	w.want(report, "1 -/+ host/a: applied")
	w.same([]string{"job/*", "host/a"}, report.Replace)
	w.settled()
	s := w.servers["1"]
	if own, kept := s.items[schema.Key{Kind: "host", ID: "a"}]["own"]; kept || s.calls["delete"] != 1 || s.calls["create"] != 2 {
		t.Error(own, s.calls)
	}
}

func TestReplaceConsents(t *testing.T) {
	for glob, want := range map[string]string{
		"host/a": "applied", "host/*": "applied", "*/a": "applied", "ho*/*": "applied", "*/*": "applied",
		"host/b": "held", "host/": "held", "host/a?": "held", "job/*": "held", "host/aa*": "held",
	} {
		w := replacing(t)
		w.want(w.replace(glob), "1 -/+ host/a: "+want)
	}
	w := newWorld(t, "1")
	w.git(`host/a/b "protocol": "sftp"`)
	w.apply()
	w.git(`host/a/b "protocol": "as2"`)
	w.want(w.replace("host/*b"), "1 -/+ host/a/b: applied")
	for glob, want := range map[string]string{
		"host":    "--replace host: want KIND/ID, as in host/globex or host/*",
		"hosts/a": "--replace hosts/a: there is no such kind; the kinds are folder, host, job",
	} {
		w := replacing(t)
		if _, err := w.run.Plan(t.Context(), w.target(), w.store, PlanOptions{Replace: []string{glob}}); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", glob, err, want)
		}
	}
}

// TestReplaceFails at each of its steps: the report says how far it came, and the next run, without any
// consent where the item is gone, finishes.
func TestReplaceFails(t *testing.T) {
	no := errors.New("no")
	for _, c := range []struct {
		op, want string
		cause    schema.Cause
		after    bool
	}{
		{"delete", "delete host/a: rejected: no", schema.Rejected, false},
		{"create", "it was deleted to be made anew, and could not be; apply again makes it: create host/a: rejected: no", schema.Rejected, false},
		{"create", "it was deleted to be made anew, and could not be; apply again makes it: create host/a: unreachable: no", schema.Unreachable, false},
		{"create", "it was deleted to be made anew, and could not be; apply again makes it: create host/a: unreachable: no", schema.Unreachable, true},
		{"delete", "delete host/a: unreachable: no", schema.Unreachable, true},
	} {
		w := replacing(t)
		s := w.servers["1"]
		s.fault = func(op string, key schema.Key) (error, bool) {
			if op == c.op {
				return failure(op+" "+key.String(), c.cause, no), c.after
			}
			return nil, false
		}
		w.want(w.replace("host/a"), "1 -/+ host/a: failed: "+c.want)
		s.fault = nil
		if _, there := s.items[schema.Key{Kind: "host", ID: "a"}]; !there {
			w.unheld(w.plan())
		}
		w.replace("host/a")
		w.settled()
	}
}

// TestReplaceIsSeenToBeGone: a deletion that was only accepted makes nothing anew.
func TestReplaceIsSeenToBeGone(t *testing.T) {
	w := replacing(t)
	w.run.Open = func(string, schema.Peer) (Provider, error) { return yes{w.servers["1"]}, nil }
	w.want(w.replace("host/a"), "1 -/+ host/a: failed: replace host/a: rejected: the peer accepted the deletion, but still has it")
	w.restart()
	w.replace("host/a")
	w.settled()
}

// TestReplaceStale: what was changed, or went, after the plan was made is not deleted.
func TestReplaceStale(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"changed": func(w *world) { w.there("1", `host/a "protocol": "https"`) },
		"gone":    func(w *world) { clear(w.servers["1"].items) },
		"used":    func(w *world) { w.there("1", `job/theirs "hosts": ["a"]`) },
	} {
		w := replacing(t)
		round := w.planWith(PlanOptions{Replace: []string{"host/a"}})
		change(w)
		w.servers["1"].reset()
		report, err := w.applyRound(t.Context(), round)
		w.ok(err)
		result := report.Peers[0].Results[0]
		if !strings.HasSuffix(result.Error, "plan again") || w.servers["1"].writes() > 0 {
			t.Errorf("%s: %s, %v", name, result.Error, w.servers["1"].calls)
		}
	}
}

// TestReplacedFirst: what refers to the new item waits for it, and is not attempted without it.
func TestReplacedFirst(t *testing.T) {
	w := replacing(t)
	w.git(newHost, `job/a "hosts": ["a"]`)
	w.servers["1"].fault = failing("host/a")
	w.want(w.replace("host/*"),
		"1 -/+ host/a: failed: delete host/a: rejected: no",
		"1 + job/a: not-attempted: it refers to host/a, which could not be replaced")
	w.servers["1"].fault = nil
	w.want(w.replace("host/*"), "1 -/+ host/a: applied", "1 + job/a: applied")
	w.settled()
}
