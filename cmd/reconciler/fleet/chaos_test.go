//go:build unix

package fleet_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/fleet"
)

// TestMachines has the holder's machine die, stand still, and be shut down.
func TestMachines(t *testing.T) {
	suffers(t, leased("2s", "2s"),
		fault{"killed", killed},
		fault{"killed while nobody watched", func(w world) {
			holder := w.well()
			w.Controller.Kill()
			w.Node(holder.serial).Kill()
			w.must(w.StartController(w.life))
			w.followed(holder)
			w.must(w.StartNode(w.life, holder.serial))
		}},
		fault{"stood still past its lease", stoodStill},
		fault{"terminated", func(w world) {
			holder := w.well()
			w.must(w.Node(holder.serial).Signal(syscall.SIGTERM))
			if code, err := w.Node(holder.serial).Wait(); code != 0 || err != nil {
				w.Errorf("it ends with %d, %v", code, err)
			}
			w.followed(holder)
			w.must(w.StartNode(w.life, holder.serial))
		}},
	)
}

func killed(w world) {
	holder := w.well()
	w.Node(holder.serial).Kill()
	w.followed(holder)
	w.must(w.StartNode(w.life, holder.serial))
}

func stoodStill(w world) {
	holder := w.well()
	passive := w.does(holder, "passive")
	goOn := w.stops(w.Node(holder.serial))
	w.followed(holder)
	goOn()
	passive()
}

// TestCutOff has nothing pass between the controller and the holder, both ways and one way.
func TestCutOff(t *testing.T) {
	suffers(t, leased("2s", "2s"),
		fault{"both ways", broken(fleet.Fault{There: fleet.Lost, Back: fleet.Lost})},
		fault{"answers are lost", broken(fleet.Fault{Back: fleet.Lost})},
		fault{"requests are lost", broken(fleet.Fault{There: fleet.Lost})},
	)
}

// broken has the way to the holder broken.
func broken(f fleet.Fault) func(world) {
	return cutOff(func(w world, serial string, lost bool) {
		if lost {
			w.Net.Break(serial, f)
			return
		}
		w.Net.Break(serial, fleet.Fault{})
	})
}

// cutOff has messages of the holder lost for a while: it stops by itself, and only then another starts.
func cutOff(lose func(w world, serial string, lost bool)) func(world) {
	return func(w world) {
		holder := w.well()
		passive := w.does(holder, "passive")
		lose(w, holder.serial, true)
		next := w.followed(holder)
		stopped, started := passive(), w.times(next, "start")[0]
		if started.Before(stopped) {
			w.Errorf("%s stopped at %s, and %s had started at %s", holder.serial, stopped, next.serial, started)
		}
		lose(w, holder.serial, false)
	}
}

func grants(r *http.Request) bool { return r.Method == http.MethodPut && isRole(r) }

func isRole(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/v1/roles/") }

// TestGrants has grants alone go astray, over a slow network. All peers are LIVE meanwhile.
func TestGrants(t *testing.T) {
	const slow = 20 * time.Millisecond
	suffers(t, leased("4s", "20s"),
		fault{"an answer is lost", func(w world) {
			holder := w.well()
			before := len(w.times(holder, "passive"))
			w.Net.Break(holder.serial, fleet.Fault{Back: fleet.Lost, Only: grants})
			w.says(w.Controller.Log, holder.serial+": grant scheduler/0: .*no answer")
			w.Net.Break(holder.serial, fleet.Fault{Delay: slow})
			w.stays(holder)
			if after := len(w.times(holder, "passive")); after > before {
				w.Errorf("%s stopped for one answer that was lost", holder.serial)
			}
		}},
		fault{"all are lost", func(w world) {
			holder := w.well()
			passive := w.does(holder, "passive")
			w.Net.Break(holder.serial, fleet.Fault{There: fleet.Lost, Only: grants})
			passive()
			w.says(w.Controller.Log, "alarm: scheduler/0 at "+holder.serial+": nobody runs it: ")
			w.followed(holder) // it lives, but takes no lease
			w.Net.Break(holder.serial, fleet.Fault{Delay: slow})
		}},
		fault{"one is late", func(w world) {
			holder := w.well()
			w.Net.Break(holder.serial, fleet.Fault{There: fleet.Held, Only: grants})
			w.until("a grant is held", func() (bool, error) { return w.Net.HeldBack(holder.serial) > 0, nil })
			w.switches(holder)
			w.Net.Break(holder.serial, fleet.Fault{})
			w.until("it arrives", func() (bool, error) { return len(w.Net.Late()) > 0, nil })
			for _, late := range w.Net.Late() {
				if late != "PUT /v1/roles/scheduler/0: 409" {
					w.Errorf("a late grant: %s", late)
				}
			}
		}},
	)
}

// switches moves the role as planned, to the first that does not hold it.
func (w world) switches(holder seat) {
	w.Helper()
	to := slices.IndexFunc(w.Serials, func(serial string) bool { return serial != holder.serial })
	out, err := w.Beside(w.Context(), "roles", "switchover", "scheduler", "--to", w.Serials[to])
	if err != nil {
		w.Fatalf("%v: %s", err, out)
	}
	w.followed(holder)
}

// TestController has the controller go away, stand still, and meet others.
func TestController(t *testing.T) {
	suffers(t, leased("2s", "20s"),
		fault{"switchover", func(w world) {
			for range 3 {
				w.switches(w.well())
			}
		}},
		fault{"a second one on its state", func(w world) {
			holder := w.well()
			second, err := w.second("state")
			if err != nil || second != 7 {
				w.Errorf("it ends with %d, %v", second, err)
			}
			w.stays(holder)
		}},
		fault{"a rival with a state of its own", func(w world) {
			holder := w.well()
			rival, err := w.Serve(w.life, "rival")
			w.must(err)
			w.says(rival.Log, "it comes from store")
			rival.Kill()
			w.stays(holder)
		}},
		fault{"killed and started again", func(w world) {
			holder := w.well()
			w.Controller.Kill()
			w.must(w.StartController(w.life))
			w.stays(holder)
		}},
		fault{"away for longer than a lease", func(w world) {
			holder := w.well()
			passive := w.does(holder, "passive")
			w.Controller.Kill()
			passive()
			w.must(w.StartController(w.life))
			w.stays(holder)
		}},
		fault{"stood still for longer than a lease", func(w world) {
			holder := w.well()
			passive := w.does(holder, "passive")
			goOn := w.stops(w.Controller)
			passive()
			goOn()
			w.stays(holder)
		}},
	)
}

// second starts another controller on a state that is held, and returns how it ends.
func (w world) second(state string) (int, error) {
	p, err := w.Serve(w.life, state)
	if err != nil {
		return 0, err
	}
	return p.Wait()
}

// TestDetected has no role, so that all three run the schedule: what is to prove that one alone runs it sees that.
func TestDetected(t *testing.T) {
	t.Parallel()
	w := world{t, start(t, fmt.Sprintf(scheduler, "")), t.Context()}
	w.until("the nodes run the same due time", func() (bool, error) {
		fires, err := w.Fires()
		return len(fleet.Twice(fires)) >= 5, err
	})
}
