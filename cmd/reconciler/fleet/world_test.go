//go:build unix

package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/fleet"
)

const (
	every   = 100 * time.Millisecond // the schedule of all tests is due
	patient = 100 * time.Second      // for whatever has to come about; nothing is judged by how long it takes
)

// built are both programs, built once; with the race detector if the tests have it.
var built = sync.OnceValues(func() (p fleet.Programs, err error) {
	folder, err = os.MkdirTemp("", "fleet")
	if err != nil {
		return p, err
	}
	var flags []string
	if raced {
		flags = []string{"-race"}
	}
	return fleet.Build(context.Background(), folder, flags...)
})

var folder string // with both programs, once they are built

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if folder != "" {
			_ = os.RemoveAll(folder) // it is in the system's folder for what may be lost
		}
		os.Exit(code)
	}))
}

// world is a fleet in a test.
type world struct {
	*testing.T
	*fleet.Fleet
	life context.Context // of the whole fleet: what a fault starts outlives the fault
}

const scheduler = `	items: host: globex: {address: "as2.globex.example", protocol: "as2"}
	items: schedule: nightly: {host: "globex", cron: "* * * * *", every: "100ms", command: "PUT"%s}
`

// leased is a cluster with a role that lasts for so long unrenewed. Peers are DEAD after so long.
func leased(lease, dead string) string {
	return fmt.Sprintf(scheduler, `, role: "scheduler"`) + `	health: {probe: "400ms", timeout: "400ms", dead: "` + dead + `", rise: 1, lease: "` + lease + `"}
	roles: scheduler: {fencing: "leased", settle: "0s", stopWithin: "200ms"}`
}

// start is three nodes and a controller.
func start(t *testing.T, cluster string) *fleet.Fleet {
	t.Helper()
	return with(t, fleet.Config{Serials: []string{"1001", "1002", "1003"}, Cluster: cluster, Tick: 20 * time.Millisecond})
}

// with starts what is asked for, with the programs, in a folder of its own.
func with(t *testing.T, c fleet.Config) *fleet.Fleet {
	t.Helper()
	p, err := built()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "fleet") // t.TempDir is too long for a socket's name
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			tell(t, dir)
		}
		_ = os.RemoveAll(dir) // as above
	})
	c.Programs, c.Dir = p, dir
	f, err := fleet.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// tell shows the last of what each process said.
func tell(t *testing.T, dir string) {
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		t.Error(err)
	}
	for _, log := range logs {
		text, err := os.ReadFile(log)
		t.Logf("%s: %v\n%s", filepath.Base(log), err, text[max(0, len(text)-4000):])
	}
}

// fault is something that happens to a fleet. It comes back when the fault is over.
type fault struct {
	name    string
	happens func(world)
}

// suffers has one fault after the other happen to one fleet, which must get well after each. What was logged since the
// beginning is held against the guarantee after each.
func suffers(t *testing.T, cluster string, faults ...fault) {
	t.Parallel()
	endures(t, start(t, cluster), faults...)
}

// endures is suffers for a fleet that is there.
func endures(t *testing.T, f *fleet.Fleet, faults ...fault) {
	t.Helper()
	life := t.Context()
	world{t, f, life}.well()
	for _, fault := range faults {
		well := t.Run(fault.name, func(t *testing.T) {
			w := world{t, f, life}
			fault.happens(w)
			w.well()
			w.proven()
		})
		if !well {
			return // what comes after a fleet that is not well proves nothing
		}
	}
}

// proven holds all that was logged against the guarantee.
func (w world) proven() {
	w.Helper()
	fires := w.fires()
	for _, twice := range fleet.Twice(fires) {
		w.Errorf("two holders: %s", twice)
	}
	for _, fallen := range fleet.Fallen(fires) {
		w.Errorf("an epoch fell: %s", fallen)
	}
	w.Logf("so far %d fires, up to epoch %d; %d due times were missed", len(fires), fires[len(fires)-1].Epoch, fleet.Missed(fires, every))
	for _, log := range append([]string{w.Controller.Log}, w.nodeLogs()...) {
		if raced, err := fleet.Said(log, "DATA RACE|panic:"); err != nil || raced {
			w.Errorf("%s: a race, or a panic: %v", log, err)
		}
	}
}

func (w world) nodeLogs() (logs []string) {
	for _, serial := range w.Serials {
		logs = append(logs, w.Node(serial).Log)
	}
	return logs
}

func (w world) fires() []fleet.Fire {
	w.Helper()
	fires, err := w.Fires()
	w.must(err)
	return fires
}

func (w world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// until waits for something that can be seen.
func (w world) until(what string, seen func() (bool, error)) {
	w.Helper()
	ctx, cancel := context.WithTimeoutCause(w.Context(), patient, errors.New("it was waited for long enough"))
	defer cancel()
	if err := fleet.Until(ctx, what, seen); err != nil {
		w.Fatalf("%v; the controller says %+v", err, w.Roles(w.Context()))
	}
}

// seat is who holds the role, at which epoch.
type seat struct {
	serial string
	epoch  uint64
}

// well waits until all peers are LIVE, the role has a holder who runs it, and it has fired five times more.
func (w world) well() seat {
	w.Helper()
	var s seat
	w.until("all is well", func() (bool, error) {
		place, well := fleet.Well(w.Roles(w.Context()))
		s = seat{place.Holder, place.Epoch}
		return well, nil
	})
	before := len(w.by(s))
	w.until(s.serial+" fires", func() (bool, error) { return len(w.by(s)) >= before+5, nil })
	return s
}

// by are the fires of a holder at its epoch.
func (w world) by(s seat) (fires []fleet.Fire) {
	w.Helper()
	for _, f := range w.fires() {
		if f.Serial == s.serial && f.Epoch == s.epoch {
			fires = append(fires, f)
		}
	}
	return fires
}

// followed waits until another than this holder fires, at an epoch above.
func (w world) followed(s seat) (next seat) {
	w.Helper()
	w.until("another than "+s.serial+" fires", func() (bool, error) {
		fires, err := w.Fires()
		if err != nil || len(fires) == 0 {
			return false, err
		}
		for _, f := range fires {
			if f.Serial != s.serial && f.Epoch > s.epoch {
				next = seat{f.Serial, f.Epoch}
				return true, nil
			}
		}
		return false, nil
	})
	return next
}

// does waits until a node has done something about its place once more than when does was called, and returns when.
func (w world) does(s seat, act string) (done func() time.Time) {
	w.Helper()
	before := len(w.times(s, act))
	return func() time.Time {
		w.Helper()
		var at []time.Time
		w.until(fmt.Sprintf("%s says %s at epoch %d or above", s.serial, act, s.epoch), func() (bool, error) {
			at = w.times(s, act)
			return len(at) > before, nil
		})
		return at[before]
	}
}

// times are when a node did something about its place at this epoch or above: one that is told to stop may have seen
// the epoch of whoever follows.
func (w world) times(s seat, act string) (at []time.Time) {
	w.Helper()
	acts, err := w.Acts(s.serial)
	w.must(err)
	for _, a := range acts {
		if a.Act == act && a.Epoch >= s.epoch {
			at = append(at, a.At)
		}
	}
	return at
}

// says waits until a log has something.
func (w world) says(log, pattern string) {
	w.Helper()
	w.until(log+" has "+pattern, func() (bool, error) { return fleet.Said(log, pattern) })
}

// stops sends SIGSTOP, and returns what sends SIGCONT.
func (w world) stops(p *fleet.Process) (goOn func()) {
	w.Helper()
	w.must(p.Signal(syscall.SIGSTOP))
	return func() { w.must(p.Signal(syscall.SIGCONT)) }
}

// stays fails if the role has another holder, or another epoch, than it had.
func (w world) stays(before seat) {
	w.Helper()
	if after := w.well(); after != before {
		w.Errorf("it was held by %+v, and is by %+v", before, after)
	}
}
