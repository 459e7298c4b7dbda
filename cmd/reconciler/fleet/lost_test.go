//go:build unix

package fleet_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/fleet"
)

// twoRoles are one that is held on when the ledger is lost, and one that is not.
const twoRoles = `	items: host: globex: {address: "as2.globex.example", protocol: "as2"}
	items: schedule: {[string]: {host: "globex", cron: "* * * * *", every: "100ms", command: "PUT"}}
	items: schedule: nightly: role: "kept"
	items: schedule: weekly: role: "let"
	health: {probe: "400ms", timeout: "400ms", dead: "20s", rise: 1, lease: "2s"}
	roles: [string]: {fencing: "leased", settle: "0s", stopWithin: "200ms"}
	roles: kept: storeLost: "hold"
	roles: let: {}
`

// TestStoreLost takes the file of the ledger away from a controller, and brings it back.
func TestStoreLost(t *testing.T) {
	t.Parallel()
	w := world{t, start(t, twoRoles), t.Context()}
	holder := w.well()
	w.until("both roles run", func() (bool, error) { return len(w.of("weekly")) > 0, nil })
	stopped := w.passive(holder, "kept/0")
	state, aside := filepath.Join(w.Dir, "state", "state.db"), filepath.Join(w.Dir, "state", "aside")
	w.must(os.Rename(state, aside))
	w.says(w.Controller.Log, "alarm: who holds what cannot be confirmed: .*state.db is gone: .*kept/0 is held on at 100[123]; let/0 runs out at 100[123], by ")
	w.until("what is let go runs no more, and what is kept does", func() (bool, error) {
		kept, let := w.of("nightly"), w.of("weekly")
		return kept[len(kept)-1].Due.Sub(let[len(let)-1].Due) > 4*time.Second, nil
	})
	if now := w.passive(holder, "kept/0"); now != stopped {
		w.Errorf("%s stopped %d times", holder.serial, now-stopped)
	}
	out, err := w.Beside(w.Context(), "roles")
	if err != nil || !strings.Contains(out, "kept/0 is held on at "+holder.serial) {
		w.Errorf("%v: %s", err, out)
	}
	before := w.of("weekly")
	w.must(os.Rename(aside, state))
	w.says(w.Controller.Log, "over: who holds what cannot be confirmed")
	w.until("both roles run again", func() (bool, error) { return len(w.of("weekly")) > len(before)+5, nil })
	w.stays(holder)
	for _, twice := range fleet.Twice(w.fires()) {
		w.Errorf("two holders: %s", twice)
	}
}

// of are the fires of a schedule.
func (w world) of(schedule string) (fires []fleet.Fire) {
	w.Helper()
	for _, f := range w.fires() {
		if f.Schedule == schedule {
			fires = append(fires, f)
		}
	}
	return fires
}

// passive is how often a node has stopped a place.
func (w world) passive(s seat, place string) (n int) {
	w.Helper()
	acts, err := w.Acts(s.serial)
	w.must(err)
	for _, a := range acts {
		if a.Place == place && a.Act == "passive" {
			n++
		}
	}
	return n
}
