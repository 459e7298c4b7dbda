package reconcile

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// process is one that may be killed: it counts its calls of servers, of the store and of what keeps snapshots, and from the last
// one it lives to make, none has any effect.
type process struct {
	mu    sync.Mutex
	calls int
	lives int // calls until it dies; negative: for ever
}

var errDead = errors.New("the process is dead")

func (p *process) dead() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	if p.lives >= 0 && p.calls > p.lives {
		return &schema.Failure{Op: "anything", Cause: schema.Unreachable, Err: errDead}
	}
	return nil
}

// mortal is a server as a process that may be killed sees it.
type mortal struct {
	*server
	process *process
}

func (m mortal) Observe(ctx context.Context, kinds []string) (schema.Observation, error) {
	if err := m.process.dead(); err != nil {
		return schema.Observation{}, err
	}
	return m.server.Observe(ctx, kinds)
}

func (m mortal) Digest(ctx context.Context) (string, error) {
	if err := m.process.dead(); err != nil {
		return "", err
	}
	return m.server.Digest(ctx)
}

func (m mortal) Read(ctx context.Context, key schema.Key) (schema.Body, error) {
	if err := m.process.dead(); err != nil {
		return nil, err
	}
	return m.server.Read(ctx, key)
}

func (m mortal) Write(ctx context.Context, c plan.Change, observed schema.Body) error {
	if err := m.process.dead(); err != nil {
		return err
	}
	return m.server.Write(ctx, c, observed)
}

// anew is the consent to make items anew that cannot be changed. No other is ever needed after a kill.
var anew = PlanOptions{Replace: []string{"host/*"}}

// live runs plan and apply in a process that makes so many calls, and returns how many it made.
func (w *world) live(lives int) int { return w.liveWith(lives, anew) }

func (w *world) liveWith(lives int, o PlanOptions) int {
	p := &process{lives: lives}
	w.restart()
	s := w.keeping()
	s.fault = p.dead
	before := w.servers["1"].shows()
	w.run.Open = func(serial string, _ schema.Peer) (Provider, error) { return mortal{w.servers[serial], p}, nil }
	w.store.fault = func(string) error { return p.dead() }
	round, err := w.run.Plan(context.Background(), w.target(), w.store, o)
	if err == nil {
		w.unheld(round)
		_, _ = w.run.Apply(context.Background(), round, w.store) // nobody is left to be told
	}
	w.restart()
	w.store.fault = nil
	w.keptOf(s, before)
	return p.calls
}

// keptOf wants of each item that is not as it was before that it was kept.
func (w *world) keptOf(s *shelf, before map[schema.Key]schema.Body) {
	w.t.Helper()
	kept := map[schema.Key]schema.Body{}
	for _, item := range s.kept["1"].Items {
		kept[item.Key] = item.Body
	}
	now := w.servers["1"].shows()
	for _, key := range slices.AppendSeq(slices.Collect(maps.Keys(now)), maps.Keys(before)) {
		was, found := kept[key]
		if !cmp.Equal(before[key], now[key]) && (!found || !cmp.Equal(before[key], was)) {
			w.t.Fatalf("%s is not as it was, and what was there is not kept: %v, kept %v", key, before[key], was)
		}
	}
}

// past is a peer with a history, and a Git that has moved on from it: items to create, update and delete,
// many and few, with secrets that change and some that stay.
func past(t tester) *world {
	w := newWorld(t, "1")
	w.servers["1"].digests = true
	w.git(append(
		many(`folder/old%02d "path": "/1"`, 3),
		`folder/in "path": "/1"`,
		`host/same "inbox": "in", "password": "env:A"`,
		`host/secret "inbox": "in", "password": "env:A"`,
		`host/both "inbox": "in", "password": "env:A", "tags": ["x", "y"]`,
		`host/goes "inbox": "old01", "password": "env:A", "port": 22`,
		`host/anew "inbox": "in", "password": "env:A", "protocol": "sftp"`,
		`job/used "hosts": ["same", "goes"]`,
		`job/goes "hosts": ["goes"]`)...)
	w.apply()
	w.there("1", `host/foreign "address": "f"`)
	return w
}

// present and future are what Git says next.
func present(w *world) {
	w.git(append(
		many(`folder/new%02d "path": "/2"`, 18),
		`folder/in "path": "/2"`,
		`host/same "inbox": "in", "password": "env:A"`,
		`host/secret "inbox": "in", "password": "env:B"`,
		`host/both "inbox": "new01", "password": "env:B", "tags": ["z"]`,
		`host/anew "inbox": "in", "password": "env:B", "protocol": "as2"`,
		`host/new "inbox": "new02", "password": "env:A"`,
		`job/used "hosts": ["same", "new"]`,
		`job/new "hosts": ["anew", "new"]`)...)
}

func future(w *world) {
	w.git(
		`folder/in "path": "/3"`, `folder/new01 "path": "/3"`, `folder/old00 "path": "/3"`,
		`host/same "inbox": "in", "password": "env:A"`,
		`host/secret "inbox": "in", "password": "env:A"`,
		`host/both "inbox": "new01", "password": "env:A", "tags": ["x"]`,
		`host/anew "inbox": "in", "password": "env:A", "protocol": "as2"`,
		`host/new "inbox": "in", "password": "env:B"`,
		`job/used "hosts": ["new"]`)
}

// TestCrashAtEveryStep kills a run at each of its calls, lets Git move on or not, and wants the next run
// to finish: without consent, without creating anything twice, and with the right secrets.
func TestCrashAtEveryStep(t *testing.T) {
	for name, next := range map[string]func(*world){"the same": present, "moved on": future, "back": func(w *world) { w.cluster.Items = past(t).cluster.Items }} {
		t.Run(name, func(t *testing.T) {
			w := past(t)
			present(w)
			calls := w.live(-1)
			for lives := range calls {
				w := past(t)
				present(w)
				w.live(lives)
				next(w)
				w.unheld(w.planWith(anew))
				w.replace(anew.Replace...)
				w.settled()
				if t.Failed() {
					t.Fatalf("killed after %d of %d calls", lives, calls)
				}
			}
		})
	}
}

// TestCrashAgainAndAgain kills several runs in a row, with a Git that moves to and fro.
func TestCrashAgainAndAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := past(t)
		for range rapid.IntRange(2, 4).Draw(t, "runs") {
			rapid.SampledFrom([]func(*world){present, future}).Draw(t, "git")(w)
			w.live(rapid.IntRange(0, 60).Draw(t, "lives"))
		}
		future(w)
		w.unheld(w.planWith(anew))
		w.replace(anew.Replace...)
		w.settled()
	})
}
