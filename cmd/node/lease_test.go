//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/node/half"
	"github.com/gitops-reconciler/reconciler/providers/node"
)

// eventually waits for something that can be seen.
func eventually(t *testing.T, what string, seen func() bool) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for give := time.After(30 * time.Second); !seen(); {
		select {
		case <-look.C:
		case <-give:
			t.Fatalf("it never came about: %s", what)
		}
	}
}

func (s *spawned) get(t *testing.T, path string, answer any) {
	t.Helper()
	code, text := fetch(t, "GET", s.url+path, "", "")
	if err := json.Unmarshal([]byte(text), answer); code != http.StatusOK || err != nil {
		t.Fatalf("%s: %d %s, %v", path, code, text, err)
	}
}

func (s *spawned) tenure(t *testing.T) (tenure node.Tenure) {
	t.Helper()
	s.get(t, "/v1/roles", &tenure)
	return tenure
}

func (s *spawned) state(t *testing.T) string {
	t.Helper()
	return s.tenure(t).Places[node.Place{Role: "scheduler"}].State
}

func (s *spawned) becomes(t *testing.T, state string) {
	t.Helper()
	eventually(t, "the place is "+state, func() bool { return s.state(t) == state })
}

func (s *spawned) fires(t *testing.T) []node.Fire {
	t.Helper()
	var fired struct{ Fires []node.Fire }
	s.get(t, "/v1/fires", &fired)
	return fired.Fires
}

// fire waits until a schedule fires at a moment that is right.
func (s *spawned) fire(t *testing.T, schedule string, right func(node.Fire) bool) {
	t.Helper()
	eventually(t, schedule+" fires", func() bool {
		for _, f := range s.fires(t) {
			if f.Schedule == schedule && right(f) {
				return true
			}
		}
		return false
	})
}

func at(epoch uint64) func(node.Fire) bool { return func(f node.Fire) bool { return f.Epoch == epoch } }

// grant is what a controller would send that was just told the tenure.
func grant(tenure node.Tenure, epoch uint64, lasts, stopWithin time.Duration) node.Grant {
	return node.Grant{Store: "s1", Boot: tenure.Boot, Place: node.Place{Role: "scheduler"}, Epoch: epoch, Until: tenure.Now + lasts, StopWithin: stopWithin}
}

func (s *spawned) send(t *testing.T, g node.Grant) (int, string) {
	t.Helper()
	body, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	return fetch(t, "PUT", s.url+"/v1/roles/"+g.Place.String(), "", string(body))
}

// holds grants it the place, and returns until when.
func (s *spawned) holds(t *testing.T, epoch uint64, lasts, stopWithin time.Duration) (until time.Duration) {
	t.Helper()
	eventually(t, "a grant comes in time", func() bool {
		g := grant(s.tenure(t), epoch, lasts, stopWithin)
		until = g.Until
		code, text := s.send(t, g)
		if code != http.StatusNoContent && code != http.StatusConflict {
			t.Fatalf("%d %s", code, text)
		}
		return code == http.StatusNoContent
	})
	return until
}

// runs renews it until it has fired at the epoch, and returns until when it may go on.
func (s *spawned) runs(t *testing.T, epoch uint64, lasts time.Duration) (until time.Duration) {
	t.Helper()
	eventually(t, "the role's schedule fires", func() bool {
		until = s.holds(t, epoch, lasts, 0)
		return slices.ContainsFunc(s.fires(t), func(f node.Fire) bool { return f.Schedule == "ours" && f.Epoch == epoch })
	})
	return until
}

func (s *spawned) revoke(t *testing.T, epoch uint64) (tenure node.Tenure) {
	t.Helper()
	code, text := fetch(t, "POST", s.url+"/v1/roles/scheduler/0/revoke", "", fmt.Sprintf(`{"store":"s1","place":"scheduler/0","epoch":%d}`, epoch))
	if err := json.Unmarshal([]byte(text), &tenure); code != http.StatusOK || err != nil {
		t.Fatalf("%d %s, %v", code, text, err)
	}
	return tenure
}

func (s *spawned) signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := s.command.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// firing is a node with a schedule under the role, and one under none, that fire all the time.
func firing(t *testing.T, dir string) *spawned {
	t.Helper()
	n := spawn(t, nil, "--dir", dir, "--tick", "10ms")
	for id, body := range map[string]string{"ours": `{"every":"10ms","role":"scheduler"}`, "free": `{"every":"10ms"}`} {
		if code, text := fetch(t, "PUT", n.url+"/v1/kinds/schedule/items/"+id, "", body); code > http.StatusCreated {
			t.Fatal(code, text)
		}
	}
	return n
}

func TestFiresWhileItHolds(t *testing.T) {
	t.Parallel()
	n := firing(t, t.TempDir())
	defer n.kill(t)
	n.fire(t, "free", at(0))
	n.holds(t, 1, time.Minute, 0)
	n.fire(t, "ours", at(1))
	if got := n.revoke(t, 2).Places[node.Place{Role: "scheduler"}]; got.State != "passive" || got.Epoch != 2 {
		t.Errorf("revoked: %+v", got)
	}
	before := n.fires(t)
	n.holds(t, 2, time.Minute, 0)
	n.fire(t, "ours", at(2))
	for _, f := range n.fires(t) {
		if f.Number > before[len(before)-1].Number && f.Epoch == 1 {
			t.Errorf("it fired after it was acknowledged: %+v", f)
		}
	}
}

// TestAsleepPastItsLease stops a holder in the middle of its lease, as a debugger, a hypervisor or a machine
// without memory does. Another takes over, and when the first goes on it fires nothing that is not its own.
func TestAsleepPastItsLease(t *testing.T) {
	t.Parallel()
	first, second := firing(t, t.TempDir()), firing(t, t.TempDir())
	defer first.kill(t)
	defer second.kill(t)
	now := half.Clock()
	for range 3 {
		epoch := first.tenure(t).Places[node.Place{Role: "scheduler"}].Epoch + 2
		until := first.runs(t, epoch, 300*time.Millisecond)
		first.signal(t, syscall.SIGSTOP)
		eventually(t, "the lease is over", func() bool { return now().Boot > until })
		second.holds(t, epoch+1, time.Minute, 0)
		second.fire(t, "ours", at(epoch+1))
		first.signal(t, syscall.SIGCONT)
		goesOn := now().Wall
		first.fire(t, "free", func(f node.Fire) bool { return f.At.After(goesOn.Add(50 * time.Millisecond)) })
		first.becomes(t, "passive")
		second.revoke(t, epoch+2)
	}
	once(t, first.fires(t), second.fires(t))
}

// once holds the fires of one schedule on all nodes to one for each due time.
func once(t *testing.T, nodes ...[]node.Fire) {
	t.Helper()
	due := map[time.Time]node.Fire{}
	for _, fires := range nodes {
		for _, f := range fires {
			other, twice := due[f.Due]
			if f.Schedule == "ours" && twice {
				t.Errorf("it ran twice: %+v and %+v", other, f)
			}
			if f.Schedule == "ours" {
				due[f.Due] = f
			}
		}
	}
}

// TestKilledWhileItHolds restarts a holder that was killed: it is passive, and refuses what is from before.
func TestKilledWhileItHolds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := firing(t, dir)
	n.holds(t, 5, time.Minute, 0)
	n.fire(t, "ours", at(5))
	before := n.tenure(t)
	n.kill(t)

	n = firing(t, dir)
	defer n.kill(t)
	n.becomes(t, "passive")
	after := n.tenure(t)
	if got := after.Places[node.Place{Role: "scheduler"}]; got.Epoch != 5 || after.Store != "s1" || after.Boot == before.Boot {
		t.Errorf("before %+v, after %+v", before, after)
	}
	foreign := grant(after, 6, time.Minute, 0)
	foreign.Store = "s2"
	for want, g := range map[string]node.Grant{
		"it is for boot":             grant(before, 6, time.Minute, 0),
		"this node has seen epoch 5": grant(after, 4, time.Minute, 0),
		"it comes from store s2":     foreign,
	} {
		if code, text := n.send(t, g); code != http.StatusConflict || !strings.Contains(text, want) {
			t.Errorf("%d %s, want %s", code, text, want)
		}
	}
	n.fire(t, "free", at(0))
	for _, f := range n.fires(t) {
		if f.Schedule == "ours" {
			t.Errorf("it fired before it was granted: %+v", f)
		}
	}
	n.holds(t, 5, time.Minute, 0)
	n.fire(t, "ours", at(5))
}

// TestTerminated gives up what it holds before it goes, and says so meanwhile.
func TestTerminated(t *testing.T) {
	t.Parallel()
	s := sidecar(t, `while [ -e DIR/busy ]; do sleep 0.01; done`)
	if err := os.WriteFile(filepath.Join(s.dir, "busy"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.holds(t, 1, time.Minute, 10*time.Second)
	s.saw(t, "start scheduler 0 1")
	s.signal(t, syscall.SIGTERM)
	s.becomes(t, "stopping")
	if code, text := s.send(t, grant(s.tenure(t), 2, time.Minute, 0)); code != http.StatusConflict || !strings.Contains(text, "the node is being stopped") {
		t.Errorf("%d %s", code, text)
	}
	if err := os.Remove(filepath.Join(s.dir, "busy")); err != nil {
		t.Fatal(err)
	}
	if err := s.command.Wait(); err != nil {
		t.Errorf("%v, log %s", err, &s.stderr)
	}
	s.saw(t, "stop scheduler 0 1")
}

// TestCannotServe goes away only once what ran from before is stopped.
func TestCannotServe(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	code := environ{}.run(t.Context(), &stdout, &stderr, "--dir", filepath.Join(dir, "data"), "--listen", listener.Addr().String(),
		"--places", "scheduler/0", "--on-start", "exit 1", "--on-stop", "sleep 0.1; >'"+dir+"/stopped'")
	if _, err := os.Stat(filepath.Join(dir, "stopped")); code != exitError || err != nil {
		t.Errorf("exit %d, %v, %s", code, err, &stderr)
	}
}

// beside is a sidecar whose commands write into a file what they are told.
type beside struct {
	*spawned
	dir, stop string
}

// sidecar is one that booted. What more there is of the stop command follows what it notes; DIR is its directory.
func sidecar(t *testing.T, stop string) *beside {
	t.Helper()
	s := &beside{dir: t.TempDir(), stop: stop}
	s.start(t)
	s.saw(t, "stop scheduler 0 0")
	s.becomes(t, "") // nothing runs of a place that it knows nothing of
	return s
}

func (s *beside) start(t *testing.T) {
	t.Helper()
	dir := s.dir
	note := func(what string) string { return `echo ` + what + ` $ROLE $NUMBER $EPOCH >>'` + dir + `/notes'; ` }
	s.spawned = spawn(t, []string{"env", "CANARY=1"}, "--dir", filepath.Join(dir, "data"), "--places", "scheduler/0",
		"--on-start", note("start")+`env >'`+dir+`/env'`, "--on-stop", note("stop")+strings.ReplaceAll(s.stop, "DIR", dir), "--on-force", note("force"))
}

// saw waits until the commands have noted so much since the last call. What is forced twice, since the gentle stop and the
// lease end at the same time, counts once.
func (s *beside) saw(t *testing.T, want ...string) {
	t.Helper()
	file := filepath.Join(s.dir, "notes")
	text := strings.Join(want, "\n") + "\n"
	eventually(t, text, func() bool {
		data, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		lines := slices.CompactFunc(strings.SplitAfter(string(data), "\n"), func(a, b string) bool {
			return a == b && strings.HasPrefix(a, "force ")
		})
		got := strings.Join(lines, "")
		if len(got) >= len(text) && got != text {
			t.Fatalf("got %s, want %s", data, text)
		}
		return got == text
	})
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

// TestSidecar gates a server: it is started when the place is granted, and stopped when nobody renews it.
func TestSidecar(t *testing.T) {
	t.Parallel()
	s := sidecar(t, "")
	defer s.kill(t)
	s.holds(t, 3, 300*time.Millisecond, 100*time.Millisecond)
	s.saw(t, "start scheduler 0 3", "stop scheduler 0 3") // nobody asks it anything meanwhile
	s.becomes(t, "passive")
	data, err := os.ReadFile(filepath.Join(s.dir, "env"))
	if err != nil || !strings.Contains(string(data), "\nWITHIN=0.") || !strings.Contains(string(data), "CANARY=1") {
		t.Errorf("the command's environment: %s, %v", data, err)
	}
	if code, text := s.send(t, node.Grant{Store: "s1", Place: node.Place{Role: "router"}}); code != http.StatusConflict || !strings.Contains(text, "does not gate it") {
		t.Errorf("%d %s", code, text)
	}
}

// TestSidecarForces has a stop command that hangs: at the end of the lease it is killed, with what it started, and
// the other one runs.
func TestSidecarForces(t *testing.T) {
	t.Parallel()
	s := sidecar(t, `[ $EPOCH = 0 ] || { sleep 1000 >DIR/pipe & wait; }`)
	defer s.kill(t)
	pipe := filepath.Join(s.dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() {
		_, err := os.ReadFile(pipe) // to its end, when nobody has it open any more
		gone <- err
	}()
	s.holds(t, 3, 300*time.Millisecond, 100*time.Millisecond)
	s.saw(t, "start scheduler 0 3", "stop scheduler 0 3", "force scheduler 0 3")
	s.becomes(t, "passive")
	eventually(t, "what hung is gone", func() bool { return len(gone) == 1 })
	if err := <-gone; err != nil {
		t.Error(err)
	}
}

// TestSidecarKilled leaves its server running; started again, it stops it before it says anything else.
func TestSidecarKilled(t *testing.T) {
	t.Parallel()
	s := sidecar(t, `while [ -e DIR/busy ]; do sleep 0.01; done`)
	s.holds(t, 3, time.Minute, 0)
	s.saw(t, "start scheduler 0 3")
	s.kill(t)
	if err := os.WriteFile(filepath.Join(s.dir, "busy"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.start(t)
	defer s.kill(t)
	s.saw(t, "stop scheduler 0 3")
	if got := s.state(t); got != "stopping" {
		t.Errorf("it says %s", got)
	}
	if err := os.Remove(filepath.Join(s.dir, "busy")); err != nil {
		t.Fatal(err)
	}
	s.becomes(t, "passive")
	s.holds(t, 3, time.Minute, 0)
	s.saw(t, "start scheduler 0 3")
}

// TestSidecarCannotStop never says passive of what it could not stop, and takes no grant.
func TestSidecarCannotStop(t *testing.T) {
	t.Parallel()
	n := spawn(t, nil, "--dir", t.TempDir(), "--places", "scheduler/0", "--on-start", "exit 0", "--on-stop", "exit 7")
	defer n.kill(t)
	eventually(t, "it says why", func() bool { return strings.Contains(n.stderr.String(), `error="--on-stop: exit status 7"`) })
	if got := n.state(t); got != "stopping" {
		t.Errorf("it says %s", got)
	}
	if code, text := n.send(t, grant(n.tenure(t), 1, time.Minute, 0)); code != http.StatusConflict || !strings.Contains(text, "it is still being stopped") {
		t.Errorf("%d %s", code, text)
	}
}

// TestSupervised tells systemd that it is ready, and that its loop goes on; commands do not speak for it.
func TestSupervised(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "") // a socket's name must be short
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	names := []string{filepath.Join(dir, "s")}
	if runtime.GOOS == "linux" {
		names = append(names, "@"+dir)
	}
	for i, name := range names {
		supervised(t, filepath.Join(dir, strconv.Itoa(i)), name)
	}
}

func supervised(t *testing.T, dir, name string) {
	t.Helper()
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	hear := func() string {
		buffer := make([]byte, 100)
		count, err := socket.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		return string(buffer[:count])
	}
	n := spawn(t, []string{"env", "NOTIFY_SOCKET=" + name, "WATCHDOG_USEC=1000000", "NODE_TOKEN=canary"}, "--dir", dir,
		"--places", "scheduler/0", "--on-start", "exit 0", "--on-stop", "env >'"+dir+"/part' && mv '"+dir+"/part' '"+dir+"/env'")
	defer n.kill(t)
	for heard := map[string]bool{}; !heard["READY=1"] || !heard["WATCHDOG=1"]; {
		heard[hear()] = true
	}
	var told []byte
	eventually(t, "the command runs", func() bool { told, err = os.ReadFile(filepath.Join(dir, "env")); return err == nil })
	if !strings.Contains(string(told), "ROLE=scheduler") || strings.Contains(string(told), "NOTIFY_SOCKET") || strings.Contains(string(told), "canary") {
		t.Errorf("the command is told %s", told)
	}
}
