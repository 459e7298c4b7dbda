package roles

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/rules"
)

func confirmed() schema.Role {
	return schema.Role{Fencing: "confirmed", Runs: map[string]schema.Selection{jobs: {All: true}}}
}

func bestEffort() schema.Role {
	r := confirmed()
	r.Fencing = "best-effort"
	return r
}

var place = schema.Place{Role: "run"}

func TestConfirmedMovesOnlyWhenItIsSafe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3, confirmed(), "nightly")
	w.run(func(k *Keeper) {
		after(15 * time.Second)
		w.expect("nightly", "1001")
		w.set(func() { w.servers["1001"].down = true }) // and it runs on
		after(30 * time.Second)
		w.expect("nightly", "1001")
		s := k.Status().Roles[0].Places[0]
		if s.Holder != "1001" || !strings.Contains(s.Do, "roles attest 1001 stopped") || s.Moves == "" {
			t.Errorf("it is not blocked: %+v", s)
		}
		w.set(func() { w.servers["1001"].items[schema.Key{Kind: jobs, ID: "nightly"}]["on"] = false }) // somebody pulled the plug
		if err := k.Attest(context.Background(), "1001", "ada"); err != nil {
			t.Error(err)
		}
		after(15 * time.Second)
		w.expect("nightly", "1002")
		w.set(func() { w.servers["1001"].down = false })
		after(15 * time.Second)
		w.expect("nightly", "1002")
		if offs, _ := w.Offs("mft"); len(offs) > 0 {
			t.Errorf("it was seen again, and still counts as off: %v", offs)
		}
		if !slices.Contains(w.happened(), "blocked run/0 ->") || !slices.Contains(w.happened(), "moved run/0 1001->1002") {
			t.Errorf("events %q", w.happened())
		}
	})
}

func TestHolderThatReturnsInTimeKeepsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, confirmed(), "nightly")
	w.run(func(*Keeper) {
		after(15 * time.Second)
		w.set(func() { w.servers["1001"].down = true })
		after(5 * time.Second)
		w.set(func() { w.servers["1001"].down = false })
		after(30 * time.Second)
		w.expect("nightly", "1001")
		if len(w.told()) != 1 {
			t.Errorf("story %q", w.told())
		}
	})
}

func TestBestEffortMovesByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, bestEffort(), "nightly")
	w.run(func(*Keeper) {
		after(15 * time.Second)
		w.set(func() {
			w.servers["1001"].down = true
			w.servers["1001"].items[schema.Key{Kind: jobs, ID: "nightly"}]["on"] = false
		})
		after(13 * time.Second)
		w.expect("nightly", "1002")
	})
}

func TestSwitchoverStopsFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, confirmed(), "nightly", "weekly")
	w.run(func(k *Keeper) {
		after(30 * time.Second)
		w.set(func() { w.story = nil })
		s, err := k.Switch(context.Background(), place, "1002", true)
		if err != nil || s.From != "1001" || len(s.Moves) != 1 || s.Refused != "" {
			t.Errorf("dry: %+v, %v", s, err)
		}
		after(30 * time.Second)
		w.expect("nightly", "1001")
		if _, err := k.Switch(context.Background(), place, "1002", false); err != nil {
			t.Error(err)
		}
		after(15 * time.Second)
		w.expect("nightly", "1002")
		w.expect("weekly", "1002")
		for _, story := range w.told()[:2] {
			if story[0] != '-' {
				t.Errorf("it starts before it is stopped: %q", w.told())
			}
		}
	})
}

// TestEarlySwitchoverLeavesNoGap: soon after the start of a controller nobody could follow at once, so the holder goes
// on until somebody can; and what is only asked about says so.
func TestEarlySwitchoverLeavesNoGap(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		w     *world
		what  string
		waits bool
	}{
		"confirmed":   {newWorld(t, 2, confirmed(), "nightly"), "nightly", true},
		"best-effort": {newWorld(t, 2, bestEffort(), "nightly"), "nightly", true},
		"leased":      {leased(newWorld(t, 2, schema.Role{Fencing: "leased"})), "run/0", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := test.w
			w.t = t
			w.run(func(*Keeper) { after(30 * time.Second) }, func(k *Keeper) {
				began := time.Now()
				after(2 * time.Second)
				w.expect(test.what, "1001")
				dry, err := k.Switch(context.Background(), place, "1002", true)
				if err != nil || dry.Refused != "" || (dry.Waits != "") != test.waits || test.waits && (dry.Until.Before(began.Add(late)) || dry.Until.After(began.Add(late+time.Second))) {
					t.Errorf("%+v, %v", dry, err)
				}
				if _, err := k.Switch(context.Background(), place, "1002", false); err != nil {
					t.Error(err)
				}
				idle := time.Duration(0)
				for len(w.runs(test.what)) == 0 || w.runs(test.what)[0] != "1002" {
					after(100 * time.Millisecond)
					if len(w.runs(test.what)) == 0 {
						idle += 100 * time.Millisecond
					}
					if time.Since(began) > time.Minute {
						break
					}
				}
				w.expect(test.what, "1002")
				if idle > 2*time.Second {
					t.Errorf("nobody ran it for %v; %q", idle, w.happened())
				}
			})
		})
	}
}

func TestSwitchoverIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, confirmed(), "nightly")
	w.run(func(k *Keeper) {
		after(15 * time.Second)
		w.expect("nightly", "1001")
		w.set(func() { w.servers["1002"].down = true })
		after(30 * time.Second)
		s, err := k.Switch(context.Background(), place, "1002", false)
		if err != nil || !strings.Contains(s.Refused, "DEAD") {
			t.Errorf("%+v, %v", s, err)
		}
		for _, wrong := range []schema.Place{{Role: "no"}, {Role: "run", Number: 1}} {
			if _, err := k.Switch(context.Background(), wrong, "1002", false); err == nil {
				t.Errorf("%s: no error", wrong)
			}
		}
		if err := k.Attest(context.Background(), "1009", "ada"); err == nil {
			t.Error("a peer that there is not is attested")
		}
	})
}

func leased(w *world) *world {
	for _, s := range w.servers {
		s.leased = true
	}
	return w
}

func TestLeasedMovesOnceTheLeaseIsOver(t *testing.T) {
	t.Parallel()
	w := leased(newWorld(t, 3, schema.Role{Fencing: "leased"}))
	w.run(func(*Keeper) {
		after(30 * time.Second)
		w.expect("run/0", "1001")
		w.set(func() { w.servers["1001"].down = true })
		died := time.Now()
		for len(w.runs("run/0")) > 0 && time.Since(died) < time.Minute { // its own loop stops it
			after(100 * time.Millisecond)
			w.set(w.servers["1001"].tick)
		}
		if stopped := time.Since(died); stopped > 9*time.Second {
			t.Errorf("it ran on for %v", stopped)
		}
		for len(w.runs("run/0")) == 0 && time.Since(died) < time.Minute {
			after(100 * time.Millisecond)
		}
		w.expect("run/0", "1002")
		if took := time.Since(died); took < 8*time.Second || took > 13*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestLeaseOutlivesLostGrants: a peer keeps what it holds, although two renewals were lost.
func TestLeaseOutlivesLostGrants(t *testing.T) {
	t.Parallel()
	w := leased(newWorld(t, 2, schema.Role{Fencing: "leased"}))
	w.run(func(*Keeper) {
		after(30 * time.Second)
		w.expect("run/0", "1001")
		before := w.told()
		w.set(func() { w.servers["1001"].deaf = 2 })
		for range 150 {
			after(100 * time.Millisecond)
			w.set(w.servers["1001"].tick)
		}
		if !slices.Equal(before, w.told()) {
			t.Errorf("something stopped or started: %q, then %q", before, w.told())
		}
	})
}

// TestHolderWithoutLease: who lives and takes no lease, gives no answer about leases, or cannot be asked although it is
// heard, lets its place stand still. After a TTL that is an alarm, and after a wait the place moves; the first does not
// get it back while it is as it was.
func TestHolderWithoutLease(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ails func(*server)
		well func(*server)
		why  string
	}{
		"takes none":   {func(s *server) { s.deaf = 1e6 }, func(s *server) { s.deaf = 0; s.boot("b2") }, "deadline exceeded"},
		"says nothing": {func(s *server) { s.mute = true }, func(s *server) { s.mute = false; s.boot("b2") }, "no such page"},
		"refuses":      {func(s *server) { s.refuses = true }, func(s *server) { s.refuses = false; s.boot("b2") }, "refused"},
		"answers less": {func(s *server) { s.hides = true }, func(s *server) { s.hides = false; s.boot("b2") }, "it answers that it is passive, and takes no grant"},
	} {
		t.Run(name, func(t *testing.T) {
			w := leased(newWorld(t, 3, schema.Role{Fencing: "leased", Failback: true}))
			w.run(func(k *Keeper) {
				tick := func(d time.Duration) {
					for range d / (500 * time.Millisecond) {
						after(500 * time.Millisecond)
						w.set(func() {
							for _, s := range w.servers {
								s.tick()
							}
						})
					}
				}
				tick(30 * time.Second)
				w.expect("run/0", "1001")
				w.set(func() { test.ails(w.servers["1001"]) })
				alarmed := func() (a Alarm, is bool) {
					for _, a := range k.Status().Alarms {
						if a.Trouble == Idle {
							return a, true
						}
					}
					return a, false
				}
				tick(8 * time.Second)
				if a, is := alarmed(); is {
					t.Errorf("too early: %+v", a)
				}
				for range 8 {
					if _, is := alarmed(); is {
						break
					}
					tick(500 * time.Millisecond)
				}
				a, is := alarmed()
				if !is || a.Peer != "1001" || a.Place != place || !strings.Contains(a.Why, test.why) {
					t.Errorf("%v: %+v", is, k.Status().Alarms)
				}
				tick(25 * time.Second)
				w.expect("run/0", "1002")
				tick(40 * time.Second)
				w.expect("run/0", "1002")
				if a, is := alarmed(); is {
					t.Errorf("still: %+v", a)
				}
				w.set(func() { test.well(w.servers["1001"]) })
				tick(10 * time.Second)
				w.expect("run/0", "1001") // it fails back
			})
		})
	}
}

// TestHolderThatIsHeardOnly: one whose heartbeats come and who cannot be asked is UNKNOWN, and can be given no lease.
func TestHolderThatIsHeardOnly(t *testing.T) {
	t.Parallel()
	w := leased(newWorld(t, 2, schema.Role{Fencing: "leased"}))
	w.run(func(k *Keeper) {
		beat := func(d time.Duration) {
			for range d / time.Second {
				after(time.Second)
				k.Hear(health.Beat{Serial: "1001"})
				w.set(func() { w.servers["1001"].tick() })
			}
		}
		beat(30 * time.Second)
		w.expect("run/0", "1001")
		w.set(func() { w.servers["1001"].down = true })
		beat(30 * time.Second)
		w.expect("run/0", "1002")
		for _, v := range k.Status().Peers {
			if v.Serial == "1001" && v.Verdict != health.Unknown {
				t.Errorf("1001 is %s", v.Verdict)
			}
		}
	})
}

// TestOurOwnStallProvesNothing: a controller that stood still for longer than a lease has its holders go on.
func TestOurOwnStallProvesNothing(t *testing.T) {
	t.Parallel()
	w := leased(newWorld(t, 2, schema.Role{Fencing: "leased"}))
	w.run(func(k *Keeper) {
		after(30 * time.Second)
		w.expect("run/0", "1001")
		w.set(func() { w.stall = 30 * time.Second })
		after(25 * time.Second)
		w.set(w.servers["1001"].tick)
		w.expect("run/0")
		after(15 * time.Second)
		w.expect("run/0", "1001")
		if seat := k.Status().Roles[0].Places[0]; seat.Epoch != 1 {
			t.Errorf("it moved: %+v; %q", seat, w.happened())
		}
		if slices.ContainsFunc(w.happened(), func(e string) bool { return strings.HasPrefix(e, "alarm") }) {
			t.Errorf("somebody is woken: %q", w.happened())
		}
	})
}

// TestNobodyElseTakesIt: a place whose holder takes no lease stays with it where nobody else could have it, so that it
// goes on when leases come again.
func TestNobodyElseTakesIt(t *testing.T) {
	t.Parallel()
	w := leased(newWorld(t, 2, schema.Role{Fencing: "leased"}))
	w.run(func(k *Keeper) {
		tick := func(d time.Duration) {
			for range d / time.Second {
				after(time.Second)
				w.set(func() { w.servers["1001"].tick() })
			}
		}
		tick(30 * time.Second)
		w.set(func() { w.servers["1002"].mute, w.servers["1001"].refuses = true, true })
		tick(time.Minute)
		w.expect("run/0")
		if len(k.Status().Alarms) != 1 {
			t.Errorf("%+v", k.Status().Alarms)
		}
		w.set(func() { w.servers["1001"].refuses = false })
		tick(5 * time.Second)
		w.expect("run/0", "1001")
		if len(k.Status().Alarms) != 0 {
			t.Errorf("%+v", k.Status().Alarms)
		}
	})
}

func TestLeasedSwitchoverDoesNotWait(t *testing.T) {
	t.Parallel()
	w := leased(newWorld(t, 2, schema.Role{Fencing: "leased"}))
	w.run(func(k *Keeper) {
		after(30 * time.Second)
		if _, err := k.Switch(context.Background(), place, "1002", false); err != nil {
			t.Error(err)
		}
		after(2 * time.Second)
		w.expect("run/0", "1002")
	})
}

func TestNextControllerGoesOn(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{
		"confirmed": newWorld(t, 2, confirmed(), "nightly"),
		"leased":    leased(newWorld(t, 2, schema.Role{Fencing: "leased"})),
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.run(func(*Keeper) { after(30 * time.Second) }, func(*Keeper) {
				before := w.told()
				for range 30 {
					after(time.Second)
					w.set(w.servers["1001"].tick)
				}
				if !slices.Equal(before, w.told()) {
					t.Errorf("something stopped or started: %q, then %q", before, w.told())
				}
			})
		})
	}
}

func TestTwoControllersDoNotDuel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, confirmed(), "nightly")
	w.run(func(first *Keeper) {
		after(15 * time.Second)
		w.with("second", func(*Keeper) {
			after(15 * time.Second)
			if ledger, _ := w.Ledger("mft"); first.Status().Term == ledger.Term {
				t.Error("both lead")
			}
		})
		w.expect("nightly", "1001")
	})
}

// TestStoreLost: what holds is renewed as long as the ledger is lost, what does not runs out, nothing moves, and the
// alarm says so. Once the ledger is back all goes on.
func TestStoreLost(t *testing.T) {
	t.Parallel()
	w := leased(newWorld(t, 2, schema.Role{Fencing: "leased"}))
	hold := w.cluster.Roles["run"]
	hold.StoreLost = "hold"
	w.cluster.Roles["stay"] = hold
	w.run(func(k *Keeper) {
		tick := func(d time.Duration) {
			for range d / time.Second {
				after(time.Second)
				w.set(func() { w.servers["1001"].tick(); w.servers["1002"].tick() })
			}
		}
		tick(30 * time.Second)
		w.expect("run/0", "1001")
		w.expect("stay/0", "1001")
		w.set(func() { w.broken = errors.New("input/output error") })
		tick(5 * time.Second)
		alarms := k.Status().Alarms
		if len(alarms) != 1 || alarms[0].Trouble != StoreLost || !strings.HasPrefix(alarms[0].Why, "input/output error; nobody new is given a role. run/0 runs out at 1001, by ") || !strings.HasSuffix(alarms[0].Why, "Z; stay/0 is held on at 1001") {
			t.Errorf("alarms %+v", alarms)
		}
		if _, err := k.Holds(context.Background()); !errors.Is(err, ErrUncertain) {
			t.Errorf("who holds what is said to be certain: %v", err)
		}
		tick(time.Minute)
		w.expect("run/0")
		w.expect("stay/0", "1001")
		w.set(func() { w.servers["1001"].down = true }) // and when its holder is lost too, nobody follows
		tick(time.Minute)
		w.expect("stay/0")
		w.set(func() { w.servers["1001"].down = false })
		tick(10 * time.Second)
		w.set(func() { w.broken = nil })
		tick(10 * time.Second)
		w.expect("run/0", "1001")
		w.expect("stay/0", "1001")
		if alarms := k.Status().Alarms; len(alarms) != 0 {
			t.Errorf("alarms %+v", alarms)
		}
	})
	alarmed := slices.DeleteFunc(w.happened(), func(e string) bool { return !strings.HasPrefix(e, "alarm") && !strings.HasPrefix(e, "calm") })
	if len(alarmed) < 2 || len(alarmed) > 3 { // once more when it is known that the other runs out as well
		t.Errorf("%q", alarmed)
	}
}

// TestNextControllerHoldsNothing: of one that has not confirmed anything yet nobody is renewed.
func TestNextControllerHoldsNothing(t *testing.T) {
	t.Parallel()
	w := leased(newWorld(t, 2, schema.Role{Fencing: "leased"}))
	hold := w.cluster.Roles["run"]
	hold.StoreLost = "hold"
	w.cluster.Roles["run"] = hold
	w.run(func(*Keeper) {
		after(30 * time.Second)
		w.expect("run/0", "1001")
		w.set(func() { w.unread = errors.New("input/output error") })
	}, func(*Keeper) {
		for range 30 {
			after(time.Second)
			w.set(w.servers["1001"].tick)
		}
		w.expect("run/0")
	})
}

// TestUnwrittenLedgerKeepsHolders: a ledger that is read and not written, as on a full disk, moves nothing, and takes
// nothing from anybody.
func TestUnwrittenLedgerKeepsHolders(t *testing.T) {
	t.Parallel()
	w := leased(newWorld(t, 2, schema.Role{Fencing: "leased"}))
	w.cluster.Roles["stay"] = w.cluster.Roles["run"]
	w.run(func(k *Keeper) {
		after(30 * time.Second)
		w.set(func() { w.full = errors.New("no space left on device") })
		if _, err := k.Switch(context.Background(), place, "1002", false); err != nil {
			t.Error(err)
		}
		for range 30 {
			after(time.Second)
			w.set(w.servers["1001"].tick)
		}
		w.expect("run/0", "1001")
		w.expect("stay/0", "1001")
		if alarms := k.Status().Alarms; len(alarms) != 1 || alarms[0].Trouble != Unwritten {
			t.Errorf("alarms %+v", alarms)
		}
		w.set(func() { w.full = nil })
		after(5 * time.Second)
		w.expect("run/0", "1002")
	})
}

func TestBrokenLedgerMovesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, bestEffort(), "nightly")
	w.run(func(k *Keeper) {
		after(15 * time.Second)
		w.set(func() {
			w.broken = errors.New("no space left on device")
			w.servers["1001"].down = true
		})
		after(30 * time.Second)
		w.expect("nightly", "1001")
		if k.Status().Broken != "no space left on device" {
			t.Errorf("status %+v", k.Status())
		}
		w.set(func() {
			w.broken = nil
			w.servers["1001"].items[schema.Key{Kind: jobs, ID: "nightly"}]["on"] = false
		})
		after(5 * time.Second)
		w.expect("nightly", "1002")
	})
}

func TestPauseKeepsEverything(t *testing.T) {
	t.Parallel()
	w := leased(newWorld(t, 2, schema.Role{Fencing: "leased"}))
	w.run(func(k *Keeper) {
		after(30 * time.Second)
		if err := k.Pause(context.Background(), "ada: upgrade"); err != nil {
			t.Error(err)
		}
		for range 60 { // it is renewed
			after(time.Second)
			w.set(w.servers["1001"].tick)
		}
		w.expect("run/0", "1001")
		w.set(func() { w.servers["1001"].down = true })
		for range 30 {
			after(time.Second)
			w.set(w.servers["1001"].tick)
		}
		w.expect("run/0")
		w.set(func() { w.servers["1001"].down = false })
		after(5 * time.Second)
		w.expect("run/0", "1001")
		if _, err := k.Switch(context.Background(), place, "1002", false); err != nil { // what is asked for moves
			t.Error(err)
		}
		after(5 * time.Second)
		w.expect("run/0", "1002")
		if err := k.Pause(context.Background(), ""); err != nil {
			t.Error(err)
		}
		after(5 * time.Second)
		w.expect("run/0", "1002")
	})
}

func TestHangingPeerHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3, bestEffort(), "nightly")
	w.run(func(*Keeper) {
		w.set(func() { w.servers["1003"].hangs = true })
		after(15 * time.Second)
		w.expect("nightly", "1001")
	})
}

func TestSpreadItemsRunOnce(t *testing.T) {
	t.Parallel()
	role := confirmed()
	role.Spread, role.Holders = true, schema.Holders{Count: 2}
	w := newWorld(t, 3, role, "a", "b", "c", "d")
	w.run(func(*Keeper) {
		after(40 * time.Second)
		at := map[string]int{}
		for _, id := range []string{"a", "b", "c", "d"} {
			for _, serial := range w.runs(id) {
				at[serial]++
			}
		}
		if at["1001"] != 2 || at["1002"] != 2 {
			t.Errorf("dealt %v; %q", at, w.told())
		}
		// An item more, and one place more: what moves stops first (the world finds two that run the same).
		changed := *w.cluster
		changed.Items = schema.Items{jobs: maps.Clone(w.cluster.Items[jobs])}
		changed.Items[jobs]["e"] = schema.Body{"name": "e"}
		role = w.cluster.Roles["run"]
		role.Holders.Count = 3
		changed.Roles = map[string]schema.Role{"run": role}
		w.cluster = &changed
	}, func(*Keeper) {
		after(60 * time.Second)
		n := 0
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			n += len(w.runs(id))
		}
		if n != 5 || len(w.runs("a")) != 1 {
			t.Errorf("%d run; %q; deals %v", n, w.told(), w.dealt())
		}
	})
}

func TestNewLedgerAsksEverybodyFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, confirmed(), "nightly")
	key := schema.Key{Kind: jobs, ID: "nightly"}
	w.servers["1002"].items[key]["on"] = true // from before our time
	w.servers["1002"].down = true
	w.run(func(k *Keeper) {
		after(30 * time.Second)
		w.expect("nightly", "1002")
		if s := k.Status().Roles[0].Places[0]; !strings.Contains(s.Do, "roles attest 1002 stopped") {
			t.Errorf("it is not blocked: %+v", s)
		}
		w.set(func() { w.servers["1002"].down = false })
		after(15 * time.Second)
		w.expect("nightly", "1001")
	})
}

func TestFence(t *testing.T) {
	t.Parallel()
	role := confirmed()
	role.Fence = "power"
	w := newWorld(t, 2, role, "nightly")
	w.cluster.Hooks = map[string]schema.Hook{"power": {Run: []string{"off"}}}
	key, tries := schema.Key{Kind: jobs, ID: "nightly"}, 0
	tried := func() (n int) {
		w.set(func() { n = tries })
		return n
	}
	w.fences = func(whom Fenced) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		tries++
		if whom != (Fenced{Cluster: "mft", Peer: "1001", Address: "1001", Role: "run"}) {
			t.Errorf("fenced: %+v", whom)
		}
		if tries == 1 {
			return errors.New("no route to the power strip")
		}
		w.servers["1001"].items[key]["on"] = false
		return nil
	}
	w.run(func(*Keeper) {
		after(15 * time.Second)
		w.set(func() { w.servers["1001"].down = true })
		after(8 * time.Second) // not DEAD yet
		if tried() != 0 {
			t.Errorf("fenced before it is DEAD")
		}
		after(20 * time.Second)
		w.expect("nightly", "1001")
		after(30 * time.Second)
		w.expect("nightly", "1002")
		if tried() != 2 || !slices.Contains(w.happened(), "unfenced /0 ->") || !slices.Contains(w.happened(), "fenced /0 ->") {
			t.Errorf("%d tries; events %q", tried(), w.happened())
		}
	})
}

// TestNobodyWaitsAnyMore asks for what is answered only after the asker has gone, as a round that is cut short does. The
// race detector sees it if the answer is written where the asker still reads.
func TestNobodyWaitsAnyMore(t *testing.T) {
	t.Parallel()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		k := New(Options{})
		o := &owner{Keeper: k, leads: true}
		var group sync.WaitGroup
		group.Go(func() {
			if _, err := k.Holds(gone); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		<-k.wake
		for _, do := range k.take() {
			do(o)
		}
		group.Wait()
	}
}

// TestFirstHolderIsFirstInRank, not the first that is heard of: however long it took until a configuration was in force.
func TestFirstHolderIsFirstInRank(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{0, time.Hour} {
		w := newWorld(t, 8, confirmed(), "nightly")
		w.late = late
		w.cluster.Health.Probe, w.cluster.Health.Dead = "5s", "30s"
		w.run(func(*Keeper) {
			after(time.Minute)
			w.expect("nightly", "1001")
		})
	}
}

// TestHolderThatLeavesTheFilesIsStopped: a commit that removes the holder is a planned move like any other.
func TestHolderThatLeavesTheFilesIsStopped(t *testing.T) {
	t.Parallel()
	ofBoth(t, func(w *world, what string) {
		w.run(func(k *Keeper) {
			after(30 * time.Second)
			w.expect(what, "1001")
			fewer := *w.cluster
			fewer.Peers = maps.Clone(w.cluster.Peers)
			delete(fewer.Peers, "1001")
			k.Keep(&fewer)
			after(5 * time.Second)
			w.expect(what, "1002")
			k.Keep(&fewer) // and nobody asks after it any more
			after(5 * time.Second)
			w.expect(what, "1002")
		})
	})
}

// TestHolderThatLeftTheFilesIsStopped: the holder goes from the files between two controllers. It is found where it was.
func TestHolderThatLeftTheFilesIsStopped(t *testing.T) {
	t.Parallel()
	ofBoth(t, func(w *world, what string) {
		before := *w.cluster
		w.run(func(*Keeper) {
			after(30 * time.Second)
			w.expect(what, "1001")
			w.cluster.Peers = maps.Clone(before.Peers)
			delete(w.cluster.Peers, "1001")
			w.before = rules.Remains(&before) // as the store keeps it
		}, func(k *Keeper) {
			after(15 * time.Second)
			w.expect(what, "1002")
			if s := k.Status().Roles[0].Places[0]; s.Do != "" {
				w.t.Errorf("it waits for a person: %+v", s)
			}
		})
	})
}

// ofBoth tells a story of a role without leases, and of one with; what is what runs of it.
func ofBoth(t *testing.T, story func(w *world, what string)) {
	for name, make := range map[string]func(*testing.T) (*world, string){
		"confirmed": func(t *testing.T) (*world, string) { return newWorld(t, 3, confirmed(), "nightly"), "nightly" },
		"leased": func(t *testing.T) (*world, string) {
			return leased(newWorld(t, 3, schema.Role{Fencing: "leased"})), "run/0"
		},
	} {
		t.Run(name, func(t *testing.T) { story(make(t)) })
	}
}
