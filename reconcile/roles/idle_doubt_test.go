package roles

import (
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

const forEver = 1 << 30

// tick lets time pass, in which the nodes' own loops run.
func (w *world) tick(d time.Duration) {
	for range d / time.Second {
		after(time.Second)
		w.set(func() {
			for _, s := range w.servers {
				s.tick()
			}
		})
	}
}

func (w *world) deafen(serial string, grants int) {
	w.set(func() { w.servers[serial].deaf = grants })
}

// TestHolderThatDoesNotStopKeepsItsPlace: who says itself that it may still run is followed by nobody, whatever the
// clock says.
func TestHolderThatDoesNotStopKeepsItsPlace(t *testing.T) {
	t.Parallel()
	w := leased(newWorld(t, 2, schema.Role{Fencing: "leased"}))
	w.run(func(k *Keeper) {
		w.tick(30 * time.Second)
		w.set(func() { w.servers["1001"].stuck = true })
		w.deafen("1001", forEver)
		w.tick(2 * time.Minute)
		w.expect("run/0", "1001")
		if alarms := k.Status().Alarms; len(alarms) != 1 || alarms[0].Trouble != Idle {
			t.Errorf("alarms %+v", alarms)
		}
	})
}

// TestSilentHolderIsNotDeadYet: a silent holder is DEAD after dead, not after its lease.
func TestSilentHolderIsNotDeadYet(t *testing.T) {
	t.Parallel()
	w := leased(newWorld(t, 2, schema.Role{Fencing: "leased"}))
	w.cluster.Health.Dead = "60s"
	w.run(func(*Keeper) {
		w.tick(90 * time.Second)
		w.expect("run/0", "1001")
		w.set(func() { w.servers["1001"].down = true })
		w.tick(40 * time.Second)
		w.expect("run/0")
		w.set(func() { w.servers["1001"].down = false })
		w.tick(10 * time.Second)
		w.expect("run/0", "1001")
	})
}
