//go:build unix

package fleet_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/fleet"
)

// TestSidecar has a leased role on servers that are told of no leases: beside each is a sidecar, at an address of its
// own, which starts and stops what the role stands for by commands.
func TestSidecar(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() // of what the commands leave
	f := with(t, fleet.Config{
		Serials: []string{"1001", "1002"}, Tick: time.Second,
		Cluster: `	health: {probe: "400ms", timeout: "400ms", dead: "60s", rise: 1, lease: "2s"}
	roles: report: {fencing: "leased", settle: "0s", stopWithin: "200ms"}`,
		Sidecar: func(serial string) []string {
			runs := filepath.Join(dir, serial)
			return []string{
				"--places", "report/0",
				"--on-start", "touch " + runs + "; echo start " + serial + " >>" + dir + "/turns",
				"--on-stop", "test ! -e " + runs + " || { rm " + runs + "; echo stop " + serial + " >>" + dir + "/turns; }",
			}
		},
	})
	w := besides{world{t, f, t.Context()}, dir}

	w.runs("1001", "start 1001")

	// Only the sidecar is cut off. The server is LIVE, and yet nothing of the role runs on it: when no lease can be left,
	// another follows.
	w.Net.Break(fleet.SidecarOf("1001"), fleet.Fault{There: fleet.Lost, Back: fleet.Lost})
	w.turned("start 1001", "stop 1001", "start 1002")
	w.says(w.Controller.Log, "1001: .*its sidecar: ")
	w.Net.Break(fleet.SidecarOf("1001"), fleet.Fault{})
	w.runs("1002", "start 1001", "stop 1001", "start 1002")

	// As planned: one stops, and then the other starts.
	out, err := w.Beside(w.life, "roles", "switchover", "report", "--to", "1001")
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	w.runs("1001", "start 1001", "stop 1001", "start 1002", "stop 1002", "start 1001")
	for _, serial := range w.Serials {
		if _, err := os.Stat(filepath.Join(w.Dir, serial, "leases.json")); !os.IsNotExist(err) {
			t.Errorf("the server %s was told of leases: %v", serial, err)
		}
	}
}

// besides are servers with sidecars, whose commands leave something in a folder.
type besides struct {
	world
	left string
}

// runs waits until all is well and a server holds the role, and this is all that the commands did.
func (w besides) runs(serial string, turns ...string) {
	w.Helper()
	w.until(serial+" holds the role", func() (bool, error) {
		place, well := fleet.Well(w.Roles(w.Context()))
		return well && place.Holder == serial, nil
	})
	w.turned(turns...)
}

// turned waits until the commands have done so much, and fails if it is something else.
func (w besides) turned(turns ...string) {
	w.Helper()
	var did []string
	w.until("the commands "+strings.Join(turns, ", "), func() (bool, error) {
		text, err := os.ReadFile(filepath.Join(w.left, "turns"))
		if os.IsNotExist(err) {
			return false, nil // what is being started is active already
		}
		did = strings.Split(strings.TrimSpace(string(text)), "\n")
		return len(did) >= len(turns), err
	})
	if !slices.Equal(did, turns) {
		w.Errorf("the commands did %v, want %v", did, turns)
	}
}
