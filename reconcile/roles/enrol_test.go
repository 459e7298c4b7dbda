package roles

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

var nightly = schema.Key{Kind: jobs, ID: "nightly"}

func (w *world) Enrolled(string) (map[string]Enrolment, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	boots := map[string]Enrolment{}
	maps.Copy(boots, w.boots)
	return boots, w.broken
}

func (w *world) Enrol(_, serial string, e *Enrolment) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.boots == nil {
		w.boots = map[string]Enrolment{}
	}
	delete(w.boots, serial)
	if e != nil {
		w.boots[serial] = *e
	}
	return w.broken
}

func (s *server) Instance(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.install, s.reached()
}

// enrolled are the peers that are written down.
func (w *world) enrolled() []string {
	boots, _ := w.Enrolled("")
	return slices.Sorted(maps.Keys(boots))
}

// why a peer was not enrolled.
func (w *world) why() (why string) {
	w.set(func() { why = w.failed })
	return why
}

// does changes a server.
func (w *world) does(serial string, do func(s *server)) {
	w.set(func() { do(w.servers[serial]) })
}

func down(s *server)        { s.down = true }
func up(s *server)          { s.down = false }
func switchedOff(s *server) { s.items[nightly] = schema.Body{"name": "nightly", "on": false} }
func switchedOn(s *server)  { s.items[nightly] = schema.Body{"name": "nightly", "on": true} }

// restarts has a server be away for a while, and come up with what it ran on or off.
func (w *world) restarts(serial string, comesUp func(*server)) {
	w.does(serial, down)
	after(4 * time.Second)
	w.does(serial, comesUp)
	w.does(serial, up)
	after(5 * time.Second)
}

// trials begins to enroll the holder, and waits until it may be restarted.
func (w *world) trials(k *Keeper, serial string) {
	w.t.Helper()
	if err := k.Enrol(context.Background(), serial, "ada"); err != nil {
		w.t.Fatal(err)
	}
	after(3 * time.Second)
	if said := k.Status().Enrolled[serial]; !strings.Contains(said, "restart it now") {
		w.t.Errorf("it says %q; %q", said, w.happened())
	}
}

func TestEnrolled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, confirmed(), "nightly")
	w.run(func(k *Keeper) {
		after(15 * time.Second)
		w.trials(k, "1001")
		w.restarts("1001", switchedOff)
		if got := w.enrolled(); !slices.Equal(got, []string{"1001"}) {
			t.Errorf("enrolled: %q; %q", got, w.happened())
		}
		after(20 * time.Second)
		w.expect("nightly", "1001") // it was started again
		if said := k.Status().Enrolled["1001"]; !strings.HasPrefix(said, "it came up passive at ") || strings.Contains(said, "again") {
			t.Errorf("it says %q", said)
		}
	})
}

// TestNotEnrolled: what does not show that a peer comes up passive is not taken for it.
func TestNotEnrolled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		what func(w *world)
		says string
	}{
		"it comes up active":   {func(w *world) { w.restarts("1001", switchedOn) }, "was on when it came up"},
		"it was never away":    {func(w *world) { w.does("1001", switchedOff); after(5 * time.Second) }, "not seen to be away"},
		"another installation": {func(w *world) { w.restarts("1001", func(s *server) { switchedOff(s); s.install = "new" }) }, "another installation"},
		"its role had begun to go": {func(w *world) {
			w.does("1001", down)
			after(20 * time.Second)
			w.does("1001", func(s *server) { switchedOff(s); up(s) })
			after(5 * time.Second)
		}, "pause the roles"},
		"nobody restarts it": {func(*world) { after(trialLasts + time.Minute) }, "not restarted within"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2, confirmed(), "nightly")
			w.run(func(k *Keeper) {
				after(15 * time.Second)
				w.trials(k, "1001")
				test.what(w)
				if got := w.enrolled(); len(got) > 0 || len(k.Status().Enrolled) > 0 {
					t.Errorf("enrolled: %q, %q", got, k.Status().Enrolled)
				}
				if why := w.why(); !strings.Contains(why, test.says) {
					t.Errorf("it says %q, want %q", why, test.says)
				}
			})
		})
	}
}

// TestEnrolledOnlyWhileItHolds refuses what could show nothing.
func TestEnrolledOnlyWhileItHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, confirmed(), "nightly")
	w.run(func(k *Keeper) {
		if err := k.Enrol(context.Background(), "1001", "ada"); !errors.Is(err, ErrUncertain) {
			t.Errorf("before it is certain who holds what: %v", err)
		}
		after(15 * time.Second)
		for serial, want := range map[string]string{"1002": "1002 does not hold run/0", "1009": "there is no peer 1009"} {
			if err := k.Enrol(context.Background(), serial, "ada"); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", serial, err, want)
			}
		}
	})
}

// power is a world with a role that is fenced by a power cycle, and how often that was done.
func power(t *testing.T, comesUp func(*server)) (w *world, cycled func() int) {
	role := confirmed()
	role.Fence = "power"
	w = newWorld(t, 2, role, "nightly")
	w.cluster.Hooks = map[string]schema.Hook{"power": {Run: []string{"cycle"}, Reboots: true}}
	n := 0
	w.fences = func(whom Fenced) error {
		w.does(whom.Peer, func(s *server) { n++; comesUp(s) })
		return nil
	}
	return w, func() (so int) {
		w.set(func() { so = n })
		return so
	}
}

// TestPowerFence: a power cycle is a fence for who was seen to come up passive, also by the controller before, and for
// nobody else.
func TestPowerFence(t *testing.T) {
	t.Parallel()
	w, cycled := power(t, switchedOff)
	w.run(func(k *Keeper) {
		after(15 * time.Second)
		w.does("1001", down)
		after(90 * time.Second)
		w.expect("nightly", "1001")
		if s := k.Status().Roles[0].Places[0]; cycled() != 0 || s.Do == "" {
			t.Errorf("its power was cycled %d times; %+v", cycled(), s)
		}
		w.does("1001", up)
		after(15 * time.Second)
		w.expect("nightly", "1002") // it was read back to have stopped
		w.trials(k, "1002")
		w.restarts("1002", switchedOff)
	}, func(*Keeper) {
		after(15 * time.Second)
		w.expect("nightly", "1002")
		w.does("1002", down)
		after(40 * time.Second)
		w.expect("nightly", "1001")
		if cycled() != 1 {
			t.Errorf("its power was cycled %d times", cycled())
		}
		w.does("1002", up)
		after(15 * time.Second)
		w.expect("nightly", "1001")
		if !slices.Equal(w.enrolled(), []string{"1002"}) {
			t.Errorf("it came up passive, and does not count as such: %q", w.happened())
		}
	})
}

// TestPowerFenceThatWasNone: who runs it after all, once it is up again, is enrolled no longer.
func TestPowerFenceThatWasNone(t *testing.T) {
	t.Parallel()
	w, _ := power(t, switchedOff)
	w.boots = map[string]Enrolment{"1001": {Address: "1001", Items: []schema.Key{nightly}, By: "ada"}}
	w.run(func(*Keeper) {
		after(15 * time.Second)
		w.does("1001", down)
		after(40 * time.Second)
		w.expect("nightly", "1002")
		w.set(func() { // it lies to whoever counts on it: what the world looks for is just that
			w.servers["1001"].items[nightly] = schema.Body{"name": "nightly", "on": true}
			w.servers["1001"].down = false
		})
		after(15 * time.Second)
		w.expect("nightly", "1002")
		if len(w.enrolled()) > 0 || !strings.Contains(w.why(), "two may have run it") {
			t.Errorf("it is still enrolled; %q", w.happened())
		}
	})
}

// TestNotSeenAll: who switches something else by now was not seen to come up with that off; and another installation was
// not seen at all.
func TestNotSeenAll(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(e *Enrolment){
		"other items":          func(e *Enrolment) { e.Items = []schema.Key{{Kind: jobs, ID: "weekly"}} },
		"another address":      func(e *Enrolment) { e.Address = "elsewhere" },
		"another installation": func(e *Enrolment) { e.Instance = "old" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, cycled := power(t, switchedOff)
			e := Enrolment{Address: "1001", Items: []schema.Key{nightly}, By: "ada"}
			change(&e)
			w.boots = map[string]Enrolment{"1001": e}
			w.run(func(*Keeper) {
				after(15 * time.Second)
				w.does("1001", down)
				after(60 * time.Second)
				w.expect("nightly", "1001")
				if cycled() != 0 {
					t.Error("its power was cycled")
				}
			})
		})
	}
}

// TestNotArmed: what somebody switched off by hand before the restart would prove nothing by being off after it.
func TestNotArmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, confirmed(), "nightly")
	w.run(func(k *Keeper) {
		after(15 * time.Second)
		w.does("1001", switchedOff)
		if err := k.Enrol(context.Background(), "1001", "ada"); err != nil {
			t.Fatal(err)
		}
		after(time.Second)
		w.restarts("1001", switchedOff)
		if why := w.why(); len(w.enrolled()) > 0 || !strings.Contains(why, "is off there") {
			t.Errorf("enrolled: %q; it says %q, want that it is off there", w.enrolled(), why)
		}
	})
}
