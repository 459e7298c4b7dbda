//go:build linux

package fleet_test

import (
	"context"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/fleet"
)

// TestOnMachines has the controller and each node on a machine of its own, as far as the network goes, and the kernel
// lose what is sent: also what connections that are open send again, and their ends.
func TestOnMachines(t *testing.T) {
	t.Parallel()
	serials := []string{"1001", "1002", "1003"}
	m, err := fleet.NewMachines(t.Context(), serials...)
	if err != nil {
		t.Skipf("network namespaces take Linux, iproute2 and an administrator; here are the same faults over a proxy only (TestCutOff): %v", err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	f := with(t, fleet.Config{Serials: serials, Cluster: leased("2s", "2s"), Tick: 20 * time.Millisecond, Machines: m})
	endures(t, f,
		fault{"unplugged", loses(m.Unplug)},
		fault{"answers are lost", loses(m.LoseAnswers)},
		fault{"requests are lost", loses(m.LoseRequests)},
		fault{"killed", killed},
		fault{"stood still past its lease", stoodStill},
		fault{"the controller is cut off from all", func(w world) {
			holder := w.well()
			passive := w.does(holder, "passive")
			w.must(m.Partition(w.Context(), true))
			passive() // and nobody follows, since nobody is granted anything
			w.must(m.Partition(w.Context(), false))
			w.well()
		}},
		fault{"the controller is replaced", func(w world) {
			holder := w.well()
			w.Controller.Kill()
			w.must(w.StartController(w.life))
			w.stays(holder)
		}},
	)
}

// TestSkewedClocks has machines whose clocks have nothing to do with each other.
func TestSkewedClocks(t *testing.T) {
	t.Parallel()
	if err := fleet.Skews(t.Context()); err != nil {
		t.Skipf("clocks of its own for a process take Linux, util-linux and an administrator; they are skewed in the simulation (reconcile/lease): %v", err)
	}
	const day = 24 * time.Hour
	f := with(t, fleet.Config{
		Serials: []string{"1001", "1002", "1003"}, Cluster: leased("2s", "2s"), Tick: 20 * time.Millisecond,
		Ahead: map[string]time.Duration{"1002": day, "1003": 400 * day},
	})
	endures(t, f,
		fault{"killed", killed},
		fault{"cut off", broken(fleet.Fault{There: fleet.Lost, Back: fleet.Lost})},
		fault{"switched over", func(w world) {
			for range 3 {
				w.switches(w.well())
			}
		}},
	)
}

func loses(lose func(context.Context, string, bool) error) func(world) {
	return cutOff(func(w world, serial string, lost bool) { w.must(lose(w.Context(), serial, lost)) })
}
