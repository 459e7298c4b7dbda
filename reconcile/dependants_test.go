package reconcile

import (
	"errors"
	"slices"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// failing refuses every write of some items.
func failing(keys ...string) func(string, schema.Key) (error, bool) {
	return func(op string, key schema.Key) (error, bool) {
		if op != "read" && op != "list" && slices.Contains(keys, key.String()) {
			return failure(op+" "+key.String(), schema.Rejected, errors.New("no")), false
		}
		return nil, false
	}
}

// TestDependantsAreSkipped: what refers to something that could not be made is not attempted, the rest is,
// and the report says why. The next run finishes.
func TestDependantsAreSkipped(t *testing.T) {
	w := newWorld(t, "1")
	w.git(
		`folder/in "path": "/in"`, `folder/out "path": "/out"`,
		`host/globex "inbox": "in"`, `host/initech "inbox": "out"`,
		`job/both "hosts": ["initech", "globex"]`, `job/fine "hosts": ["initech"]`)
	w.servers["1"].fault = failing("folder/in")
	w.want(w.apply(),
		"1 + folder/in: failed: create folder/in: rejected: no",
		"1 + folder/out: applied",
		"1 + host/globex: not-attempted: it refers to folder/in, which could not be created",
		"1 + host/initech: applied",
		"1 + job/both: not-attempted: it refers to host/globex, which was not attempted",
		"1 + job/fine: applied")
	if n := w.servers["1"].calls["create"]; n != 4 {
		t.Errorf("%d creates, want 4", n)
	}
	w.servers["1"].fault = nil
	w.unheld(w.plan())
	w.apply()
	w.settled()
}

// TestUpdateFailed: what is there already can be referred to, whatever became of its update.
func TestUpdateFailed(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/in "path": "/1"`)
	w.apply()
	w.git(`folder/in "path": "/2"`, `host/globex "inbox": "in"`)
	w.servers["1"].fault = failing("folder/in")
	w.want(w.apply(), "1 ~ folder/in: failed: update folder/in: rejected: no", "1 + host/globex: applied")
}

// TestDeletionsInReverse: what something refers to that could not be deleted, or changed, stays too.
func TestDeletionsInReverse(t *testing.T) {
	w := newWorld(t, "1")
	w.git(
		`folder/a "path": "/a"`, `folder/b "path": "/b"`, `folder/c "path": "/c"`,
		`host/a "inbox": "a"`, `host/b "inbox": "b"`, `host/stays "address": "s"`,
		`job/goes "hosts": ["a"]`, `job/stays "hosts": ["b", "stays"]`)
	w.apply()
	w.git(`host/stays "address": "s"`, `job/stays "hosts": ["stays"]`)
	w.servers["1"].fault = failing("job/goes", "job/stays")
	w.want(w.apply(),
		"1 - folder/a: not-attempted: host/a still uses it, and was not attempted",
		"1 - folder/b: not-attempted: host/b still uses it, and was not attempted",
		"1 - folder/c: applied",
		"1 - host/a: not-attempted: job/goes still uses it, and could not be deleted",
		"1 - host/b: not-attempted: job/stays still uses it, and could not be changed",
		"1 - job/goes: failed: delete job/goes: rejected: no",
		"1 ~ job/stays: failed: update job/stays: rejected: no")
	w.servers["1"].fault = nil
	w.unheld(w.plan())
	w.apply()
	w.settled()
}

// TestPassedOnInVain: a value that was not given up is not taken.
func TestPassedOnInVain(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`host/old "port": 1`, `host/a "port": 2`)
	w.apply()
	w.git(`host/new "port": 1`, `host/a "port": 3`, `host/b "port": 2`)
	w.servers["1"].fault = failing("host/old", "host/a")
	w.want(w.apply(),
		"1 ~ host/a: failed: update host/a: rejected: no",
		"1 + host/b: not-attempted: its port is that of host/a, which could not be changed",
		"1 + host/new: not-attempted: its port is that of host/old, which could not be deleted",
		"1 - host/old: failed: delete host/old: rejected: no")
	w.servers["1"].fault = nil
	w.apply()
	w.settled()
}

// TestHeldIsNotThere: what refers to something that is held, and not there, is not attempted.
func TestHeldIsNotThere(t *testing.T) {
	w := newWorld(t, "1")
	w.there("1", `host/theirs "port": 1`)
	w.git(`host/ours "port": 1`, `job/a "hosts": ["ours"]`)
	w.want(w.apply(), "1 + host/ours: held", "1 + job/a: not-attempted: it refers to host/ours, which is held")
}

// TestStillUsed: what a foreign item uses is held, named, and goes when that has gone.
func TestStillUsed(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/in "path": "/in"`)
	w.apply()
	w.there("1", `host/theirs "inbox": "in"`)
	w.git()
	report := w.apply("1")
	w.want(report, "1 - folder/in: held")
	want := []string{"host/theirs (not ours) still uses it: remove that first, or put folder/in back into Git"}
	w.same(want, report.Peers[0].Results[0].Change.Obstacles())
	delete(w.servers["1"].items, schema.Key{Kind: "host", ID: "theirs"})
	w.want(w.apply(), "1 - folder/in: applied")
	w.settled()
}

// TestUsedSinceThePlan: what has come to use an item after the plan was made keeps it.
func TestUsedSinceThePlan(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/in "path": "/in"`, `folder/out "path": "/out"`)
	w.apply()
	w.git()
	round := w.plan()
	w.there("1", `host/theirs "inbox": "in"`, `host/too "inbox": "in"`)
	w.there("1", many(`host/zz%d "inbox": "out"`, 5)...)
	report, err := w.applyRound(t.Context(), round)
	w.ok(err)
	w.want(report,
		"1 - folder/in: not-attempted: host/theirs, host/too refer to it since the plan was made; plan again",
		"1 - folder/out: not-attempted: host/zz0, host/zz1, host/zz2, 2 more refer to it since the plan was made; plan again")
	w.git(`folder/in "path": "/in"`, `folder/out "path": "/out"`)
	w.settled()
}

// TestUsersUnknown: where what may use an item cannot be listed, it waits; then and later.
func TestUsersUnknown(t *testing.T) {
	w := newWorld(t, "1")
	w.git(`folder/in "path": "/in"`, `host/a "address": "a"`)
	w.apply()
	w.git()
	round := w.plan()
	w.servers["1"].broken["host"] = true
	report, err := w.applyRound(t.Context(), round)
	w.ok(err)
	w.want(report,
		"1 - folder/in: not-attempted: whether a host uses it is not known: list host: garbled: no JSON",
		"1 - host/a: applied")
	w.want(w.apply(), "1 ! list host: garbled: no JSON", "1 - folder/in: held")
	clear(w.servers["1"].broken)
	w.want(w.apply(), "1 - folder/in: applied")
	w.settled()
}

// TestUsersNotShared: a kind that the peer keeps to itself is read where something goes that its items may
// refer to, and only there.
func TestUsersNotShared(t *testing.T) {
	w := newWorld(t, "1")
	w.cluster.Peers["1"] = schema.Peer{Share: map[string]schema.Sharing{"folders": schema.WithAll}}
	w.git(`folder/in "path": "/in"`, `folder/out "path": "/out"`)
	w.apply()
	w.there("1", `host/local "inbox": "in"`)
	w.servers["1"].reset()
	w.plan()
	if n := w.servers["1"].calls["list"]; n != 1 {
		t.Errorf("%d lists for an empty plan", n)
	}
	w.git()
	w.want(w.apply(), "1 - folder/in: held", "1 - folder/out: applied")
	if n := w.servers["1"].calls["list"]; n != 4 {
		t.Errorf("%d lists, want 4", n)
	}
	w.servers["1"].broken["host"] = true
	report := w.apply()
	w.want(report, "1 - folder/in: held")
	want := []string{"whether a host still uses it is not known: it waits until they can be listed"}
	w.same(want, report.Peers[0].Results[0].Change.Obstacles())
}
