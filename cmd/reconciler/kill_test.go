package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gitops-reconciler/reconciler/providers/node"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// lab is a cluster of one real node, and the program as a process of its own beside it. Between them is a
// proxy that counts the requests, and can kill the process at one of them.
type lab struct {
	t    *testing.T
	dir  string
	node *node.Node

	mu     sync.Mutex
	at     int  // the request at which the process is killed; 0: none
	after  bool // once the node has carried it out, and before it is answered; then only writes count
	count  int
	killed bool
	run    *exec.Cmd
	writes map[string]int // carried out, by method and path
}

// newLab copies what another left behind; "" begins anew.
func newLab(t *testing.T, from string) *lab {
	l := &lab{t: t, dir: t.TempDir(), writes: map[string]int{}}
	if from != "" {
		l.ok(os.CopyFS(l.dir, os.DirFS(from)))
	}
	var err error
	l.node, err = node.Open(filepath.Join(l.dir, "node"), node.Options{Name: "1001", Version: "1", NoSync: true})
	l.ok(err)
	t.Cleanup(func() { l.ok(l.node.Close()) })
	return l
}

func (l *lab) ok(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) git(text string) {
	l.t.Helper()
	l.ok(os.WriteFile(filepath.Join(l.dir, "cluster.cue"), []byte(head+text+"\n}\n"), 0o600))
}

const head = `package mft

import "github.com/gitops-reconciler/reconciler/providers/node"

cluster: node.#Cluster & {
	name: "mft"
	peers: "1001": address: "http://n1001.test"
`

func (l *lab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	dies := l.next(r.Method)
	if dies && !l.after {
		l.kill()
		return
	}
	answer := httptest.NewRecorder()
	l.node.ServeHTTP(answer, r)
	if r.Method != http.MethodGet {
		l.mu.Lock()
		l.writes[r.Method+" "+r.URL.Path]++
		l.mu.Unlock()
	}
	if dies {
		l.kill()
		return
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // whoever asked may be dead
}

// next counts a request, and tells whether the process dies of it. For the node it is all the same whether one
// that only reads is answered.
func (l *lab) next(method string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.after && method == http.MethodGet {
		return false
	}
	l.count++
	return l.count == l.at
}

func (l *lab) kill() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.killed = true
	_ = l.run.Process.Kill() // it may have ended
}

// reconciler runs the program to its end, and returns what it printed; the request at which it is killed
// counts from here on. A request that the program had sent when it died is carried out before this returns:
// the proxy of a run ends with it.
func (l *lab) reconciler(wrap []string, args ...string) (string, error) {
	l.t.Helper()
	path, err := exec.LookPath("reconciler")
	l.ok(err)
	proxy := httptest.NewServer(l)
	defer proxy.Close()
	command := slices.Concat(wrap, []string{path}, args)
	cmd := exec.CommandContext(context.Background(), command[0], command[1:]...)
	cmd.Dir = l.dir
	cmd.Env = append(os.Environ(), "http_proxy="+proxy.URL, "A=canary-a", "B=canary-b", "GORACE=atexit_sleep_ms=0", "HOME="+l.dir)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	l.mu.Lock()
	l.run, l.count, l.killed = cmd, 0, false
	err = cmd.Start()
	l.mu.Unlock()
	l.ok(err)
	err = cmd.Wait()
	return out.String(), err
}

// must run the program, and it must not fail.
func (l *lab) must(args ...string) string {
	l.t.Helper()
	out, err := l.reconciler(nil, args...)
	if err != nil {
		l.t.Fatalf("%s: %v\n%s", args, err, out)
	}
	return out
}

const (
	oldItems = `	items: folder: {inbox: path: "/srv/inbox", old: path: "/srv/old"}
	items: host: globex: {address: "as2.globex.example", protocol: "as2", inbox: "old"}
	items: host: secret: {address: "a", protocol: "as2", password: "env:A"}
	items: host: gone: {address: "a", protocol: "as2"}`
	newItems = `	items: folder: {inbox: path: "/data/inbox", new: path: "/srv/new"}
	items: host: globex: {address: "as2.globex.net", protocol: "as2", inbox: "new"}
	items: host: secret: {address: "a", protocol: "as2", password: "env:B"}
	items: host: new: {address: "a", protocol: "as2", inbox: "new"}`
)

// applied is a lab in which something was applied, and Git has moved on.
func applied(t *testing.T) string {
	l := newLab(t, "")
	l.git(oldItems)
	l.must("apply", "--auto-approve")
	l.git(newItems)
	return l.dir
}

// TestKilledAtEveryRequest kills a real process with SIGKILL at each request of an apply, before the node has
// it or before its answer comes back, and wants the next run to finish: without consent, with nothing
// forgotten, and nothing written twice but a secret, which nobody can see.
func TestKilledAtEveryRequest(t *testing.T) {
	from := applied(t)
	for after, least := range map[bool]int{false: 25, true: 7} {
		t.Run(fmt.Sprintf("after=%v", after), func(t *testing.T) {
			t.Parallel()
			for at := 1; ; at++ {
				l := newLab(t, from)
				l.at, l.after = at, after
				out, err := l.reconciler(nil, "apply", "--auto-approve")
				if !l.killed {
					l.ok(err)
					if at <= least {
						t.Fatalf("only %d requests:\n%s", at-1, out)
					}
					return
				}
				l.finishes()
				if t.Failed() {
					t.Fatalf("killed at request %d:\n%s", at, out)
				}
			}
		})
	}
}

// finishes is what must come after a kill.
func (l *lab) finishes() {
	l.t.Helper()
	l.at = 0
	if len(l.writes) > 0 {
		l.keptBeforeWriting()
	}
	l.must("apply", "--auto-approve")
	l.must("plan", "--detailed-exitcode")
	want := map[string]int{
		"PUT /v1/kinds/folder/items/inbox": 1, "PUT /v1/kinds/folder/items/new": 1, "DELETE /v1/kinds/folder/items/old": 1,
		"PUT /v1/kinds/host/items/globex": 1, "PUT /v1/kinds/host/items/new": 1, "DELETE /v1/kinds/host/items/gone": 1,
	}
	if l.writes["PUT /v1/kinds/host/items/secret"] == 0 {
		l.t.Error("the secret was never written")
	}
	delete(l.writes, "PUT /v1/kinds/host/items/secret")
	if !maps.Equal(want, l.writes) {
		l.t.Errorf("written: %v", l.writes)
	}
}

// keptBeforeWriting: what the killed run overwrote is in the history.
func (l *lab) keptBeforeWriting() {
	l.t.Helper()
	history := store.ReadHistory(filepath.Join(l.dir, ".reconciler"))
	entries, err := history.Entries()
	l.ok(err)
	snapshot, found, err := history.Snapshot(entries[len(entries)-1].ID, "1001")
	if err != nil || !found || len(snapshot.Items) < len(l.writes) {
		l.t.Errorf("kept: %v, %v, %v", found, snapshot.Items, err)
	}
}

// TestFullDisk lets every file grow to some size only, from nearly nothing to enough, as a full disk does
// without our having to fill one. Whatever cannot be written then, the program says so and does not crash;
// a peer is not written to before what it holds is kept; and with room again, the next run finishes.
func TestFullDisk(t *testing.T) {
	eachStart(t, fullDisk)
}

// eachStart tries something on a lab in which something was applied and Git has moved on, and on a new one.
func eachStart(t *testing.T, try func(t *testing.T, start func(*testing.T) *lab)) {
	from := applied(t)
	for name, start := range map[string]func(*testing.T) *lab{
		"once more": func(t *testing.T) *lab { return newLab(t, from) },
		"at first": func(t *testing.T) *lab {
			l := newLab(t, "")
			l.git(newItems)
			return l
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			try(t, start)
		})
	}
}

func fullDisk(t *testing.T, start func(*testing.T) *lab) {
	failed := 0
	for size := 0; ; size += 8192 {
		l := start(t)
		out, err := l.reconciler([]string{"sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$@"`, size/512), "sh"}, "apply", "--auto-approve")
		if err == nil {
			if failed < 3 {
				t.Errorf("only %d sizes were too little", failed)
			}
			return
		}
		failed++
		exit, _ := errors.AsType[*exec.ExitError](err)
		if exit == nil || exit.ExitCode() != exitError && exit.ExitCode() != exitPartly || !strings.Contains(out, "file too large") || !strings.Contains(out, "Make room") || strings.Contains(out, "goroutine ") {
			t.Fatalf("%d bytes: %v\n%s", size, err, out)
		}
		if len(l.writes) > 0 {
			l.keptBeforeWriting()
		}
		l.must("apply", "--auto-approve")
		l.must("plan", "--detailed-exitcode")
		if t.Failed() {
			t.Fatalf("with %d bytes:\n%s", size, out)
		}
	}
}
