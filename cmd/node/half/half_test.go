package half

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/providers/node"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

const second = time.Second

// ours is the place of the tests.
func ours() node.Place { return node.Place{Role: "scheduler"} }

// story is a half with hands that note what they do, and when since it began. What it says of "start", "stop"
// and "force" is how such an attempt ends.
type story struct {
	*Half
	dir   string
	began time.Time
	log   bytes.Buffer

	mu    sync.Mutex
	slept time.Duration // that the machine did
	set   time.Duration // by which the time of day was
	does  map[string]func(context.Context) error
	notes []string
}

func newStory(t *testing.T, dir string, o Options) *story {
	t.Helper()
	s := &story{dir: dir, began: time.Now(), does: map[string]func(context.Context) error{}}
	o.Clock, o.Logger = s.clock, slog.New(slog.NewTextHandler(&s.log, nil))
	s.Half = New(dir, s, o)
	return s
}

// tell runs the half in a bubble of time.
func tell(t *testing.T, o Options, do func(*testing.T, *story)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, dir, o)
		defer s.run(t)()
		do(t, s)
	})
}

// run boots the half, and waits until the hands have done what there is to be done at once.
func (s *story) run(t *testing.T) (end func()) {
	t.Helper()
	if err := s.Boot(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var loop sync.WaitGroup
	loop.Go(func() { s.Run(ctx) })
	synctest.Wait()
	return func() { cancel(); loop.Wait(); s.Close() }
}

// clock begins a minute after boot.
func (s *story) clock() Moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	awake := time.Since(s.began) + time.Minute
	return Moment{Boot: awake + s.slept, Awake: awake, Wall: time.Now().Add(s.slept + s.set)}
}

func (s *story) do(ctx context.Context, what string, t Turn) error {
	s.mu.Lock()
	do := s.does[what]
	s.notes = append(s.notes, fmt.Sprintf("%v %s %s %d %v", time.Since(s.began), what, t.Place, t.Epoch, t.Within))
	s.mu.Unlock()
	if do == nil {
		return nil
	}
	return do(ctx)
}

func (s *story) Start(ctx context.Context, t Turn) error { return s.do(ctx, "start", t) }
func (s *story) Stop(ctx context.Context, t Turn) error  { return s.do(ctx, "stop", t) }
func (s *story) Force(ctx context.Context, t Turn) error { return s.do(ctx, "force", t) }

// hang ends with its context only.
func hang(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

// fail fails so often.
func fail(times int) func(context.Context) error {
	return func(context.Context) error {
		if times--; times >= 0 {
			return errors.New("no")
		}
		return nil
	}
}

func (s *story) noted(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	// The loop and the hand that stops a place both begin to force it, and the second gives the first up.
	if diff := cmp.Diff(want, slices.Compact(s.notes)); diff != "" {
		t.Error(diff)
	}
	s.notes = nil
}

// grant is built on the node's own answer: for 30 s, of which stopping takes 5.
func (s *story) grant(t *testing.T, epoch uint64) error {
	t.Helper()
	tenure, err := s.Tenure()
	if err != nil {
		t.Fatal(err)
	}
	err = s.Grant(node.Grant{Store: "s1", Boot: tenure.Boot, Place: ours(), Epoch: epoch, Until: tenure.Now + 30*second, StopWithin: 5 * second})
	synctest.Wait()
	return err
}

// holds grants it a place.
func (s *story) holds(t *testing.T, epoch uint64) {
	t.Helper()
	if err := s.grant(t, epoch); err != nil {
		t.Fatal(err)
	}
	s.noted(t, fmt.Sprintf("%v start scheduler/0 %d 25s", time.Since(s.began), epoch))
}

func (s *story) is(t *testing.T, epoch uint64, state schema.TenantState) {
	t.Helper()
	synctest.Wait()
	tenure, err := s.Tenure()
	if got := tenure.Places[ours()]; err != nil || got.Epoch != epoch || got.State != string(state) {
		t.Errorf("after %v: %+v, %v, want %s at %d", time.Since(s.began), got, err, state, epoch)
	}
	held := map[string]uint64{}
	if state == schema.Active {
		held["scheduler"] = epoch
	}
	if diff := cmp.Diff(held, s.Held()); diff != "" {
		t.Error(diff)
	}
}

func TestStopsWhatIsNotRenewed(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		s.holds(t, 3)
		s.is(t, 3, schema.Active)
		time.Sleep(20 * second)
		if err := s.grant(t, 3); err != nil {
			t.Error(err)
		}
		s.noted(t) // a renewal starts nothing
		time.Sleep(25*second - 1)
		s.is(t, 3, schema.Active)
		time.Sleep(time.Nanosecond)
		s.noted(t, "45s stop scheduler/0 3 5s")
		s.is(t, 3, schema.Passive)
	})
}

// TestLooksAgain when an order has given it something to do before it would have looked.
func TestLooksAgain(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		time.Sleep(pulse / 2)
		tenure, _ := s.Tenure()
		if err := s.Grant(node.Grant{Store: "s1", Boot: tenure.Boot, Place: ours(), Epoch: 1, Until: tenure.Now + 30*time.Millisecond, StopWithin: 20 * time.Millisecond}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(pulse)
		s.noted(t, "100ms start scheduler/0 1 10ms", "110ms stop scheduler/0 1 20ms")
	})
}

// TestWhatWasGivenUpTellsNothing: a command that ends well because it was killed has not stopped the place.
func TestWhatWasGivenUpTellsNothing(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		s.does["stop"] = func(ctx context.Context) error { <-ctx.Done(); return nil }
		s.holds(t, 3)
		if _, err := s.Revoke(node.Revoke{Store: "s1", Place: ours(), Epoch: 4}); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		s.does["stop"] = hang
		s.mu.Unlock()
		go func() { _ = s.Leave(t.Context()) }()
		s.is(t, 4, schema.Stopping)
		time.Sleep(6 * second)
		s.is(t, 4, schema.Passive)
	})
}

func TestForcesWhatHangs(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		s.does["stop"], s.does["force"] = hang, func(context.Context) error {
			if time.Since(s.began) < 30*second+150*time.Millisecond {
				return errors.New("no")
			}
			return nil
		}
		s.holds(t, 3)
		time.Sleep(30*second - 1)
		s.noted(t, "25s stop scheduler/0 3 5s")
		s.is(t, 3, schema.Stopping)
		time.Sleep(time.Nanosecond)
		s.noted(t, "30s force scheduler/0 3 0s")
		s.is(t, 3, schema.Stopping)
		time.Sleep(second)
		s.noted(t, "30.1s force scheduler/0 3 0s", "30.2s force scheduler/0 3 0s")
		s.is(t, 3, schema.Passive)
	})
}

// TestForcesWithoutItsLoop loses the loop once the place is being stopped.
func TestForcesWithoutItsLoop(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, dir, Options{})
		if err := s.Boot(); err != nil {
			t.Fatal(err)
		}
		s.does["stop"] = hang
		s.holds(t, 3)
		time.Sleep(26 * second)
		s.beat()
		time.Sleep(10 * second)
		s.noted(t, "26s stop scheduler/0 3 4s", "30s force scheduler/0 3 0s")
		s.Close()
	})
}

// TestForceIsGivenUpToo has every attempt hang: each has its time, and then the next begins.
func TestForceIsGivenUpToo(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		s.does["stop"], s.does["force"] = hang, hang
		s.holds(t, 3)
		time.Sleep(41 * second)
		s.noted(t, "25s stop scheduler/0 3 5s", "30s force scheduler/0 3 0s", "40.1s force scheduler/0 3 0s")
		s.is(t, 3, schema.Stopping)
	})
}

// TestTriesToStopAgain does not wait for force where stopping failed at once.
func TestTriesToStopAgain(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		s.does["stop"] = fail(1)
		s.holds(t, 3)
		time.Sleep(26 * second)
		s.noted(t, "25s stop scheduler/0 3 5s", "25.1s stop scheduler/0 3 5s")
		s.is(t, 3, schema.Passive)
	})
}

// TestStartFails takes back what may be half started; the next renewal tries again.
func TestStartFails(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		s.does["start"] = fail(1)
		if err := s.grant(t, 3); err != nil {
			t.Fatal(err)
		}
		s.noted(t, "0s start scheduler/0 3 25s", "0s force scheduler/0 3 0s")
		s.is(t, 3, schema.Passive)
		s.holds(t, 3)
		s.is(t, 3, schema.Active)
	})
}

// TestStartTakesItsTime, and lasts longer than the grant that it came with.
func TestStartTakesItsTime(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		s.does["start"] = func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(40 * second):
				return nil
			}
		}
		s.holds(t, 3)
		for range 5 {
			time.Sleep(10 * second)
			if err := s.grant(t, 3); err != nil {
				t.Error(err)
			}
		}
		s.noted(t)
		s.is(t, 3, schema.Active)
	})
}

// TestStartComesTooLate where the process was stopped between the grant and the start.
func TestStartComesTooLate(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		if !s.act(t.Context(), lease.Start, Turn{Place: schema.Place(ours()), Epoch: 3, Within: -second}) {
			t.Error("something runs")
		}
		s.noted(t, "0s force scheduler/0 3 0s")
	})
}

// TestStartIsGivenUp when the place is to be stopped.
func TestStartIsGivenUp(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		s.does["start"] = hang
		s.holds(t, 3)
		time.Sleep(2 * second)
		tenure, err := s.Revoke(node.Revoke{Store: "s1", Place: ours(), Epoch: 4})
		if err != nil || tenure.Places[ours()].State != string(schema.Passive) {
			t.Errorf("revoked: %+v, %v", tenure, err)
		}
		s.noted(t, "2s stop scheduler/0 4 5s")
		if strings.Contains(s.log.String(), "level=ERROR") {
			t.Errorf("log %s", &s.log)
		}
	})
}

// TestRevokeWaitsALittle: a place that stops at once is acknowledged at once, and one that does not is not waited for.
func TestRevokeWaitsALittle(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		s.does["stop"] = hang
		s.holds(t, 3)
		tenure, err := s.Revoke(node.Revoke{Store: "s1", Place: ours(), Epoch: 4})
		if err != nil || tenure.Places[ours()].State != string(schema.Stopping) || time.Since(s.began) != soon {
			t.Errorf("after %v: %+v, %v", time.Since(s.began), tenure, err)
		}
		if err := s.grant(t, 5); !errors.Is(err, node.ErrRefused) || !strings.Contains(err.Error(), "it is still being stopped") {
			t.Errorf("granted again: %v", err)
		}
		time.Sleep(6 * second)
		s.noted(t, "0s stop scheduler/0 4 5s", "5s force scheduler/0 4 0s")
		s.is(t, 4, schema.Passive)
	})
}

// TestJumps has the machine sleep, or its clock be set: the first who asks finds nothing held, before the loop has looked.
func TestJumps(t *testing.T) {
	for name, test := range map[string]struct {
		slept, set time.Duration
		state      schema.TenantState
		want       string
	}{
		"slept":             {3 * second, 0, schema.Passive, "the machine slept for 3s"},
		"slept past":        {time.Hour, 0, schema.Passive, "the machine slept for 1h0m0s"},
		"slept a little":    {900 * time.Millisecond, 0, schema.Active, ""},
		"set back":          {0, -time.Hour, schema.Passive, "the time of day leapt by -1h0m0s"},
		"set on":            {0, 3 * second, schema.Passive, "the time of day leapt by 3s"},
		"corrected":         {0, second, schema.Active, ""},
		"the clock is back": {-2 * time.Minute, 0, schema.Passive, "the machine slept for -2m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, Options{}, func(t *testing.T, s *story) {
				s.holds(t, 3)
				before, _ := s.Tenure()
				s.mu.Lock()
				s.slept, s.set = test.slept, test.set
				s.mu.Unlock()
				if got := len(s.Held()); (got == 1) != (test.state == schema.Active) {
					t.Errorf("it holds %d roles", got)
				}
				s.is(t, 3, test.state)
				if test.want == "" {
					s.noted(t)
					return
				}
				s.noted(t, "0s force scheduler/0 3 0s")
				late := node.Grant{Store: "s1", Boot: before.Boot, Place: ours(), Epoch: 3, Until: before.Now + 30*second}
				if err := s.Grant(late); !errors.Is(err, node.ErrRefused) || !strings.Contains(err.Error(), "it is for boot") {
					t.Errorf("a grant on its way: %v", err)
				}
				if !strings.Contains(s.log.String(), `msg="every place is given up" reason="`+test.want) {
					t.Errorf("log %s", &s.log)
				}
			})
		})
	}
}

// TestBootsPassive restarts it while a place runs. It remembers what it must refuse, and stops the place before it says passive.
func TestBootsPassive(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, dir, Options{})
		end := s.run(t)
		s.holds(t, 3)
		before, _ := s.Tenure()
		end()

		s = newStory(t, dir, Options{BootStop: 10 * second})
		s.does["stop"] = hang
		if _, err := s.Tenure(); !errors.Is(err, node.ErrNotReady) {
			t.Errorf("before it booted: %v", err)
		}
		defer s.run(t)()
		s.is(t, 3, schema.Stopping)
		time.Sleep(10 * second)
		s.noted(t, "0s stop scheduler/0 3 10s", "10s force scheduler/0 3 0s")
		s.is(t, 3, schema.Passive)

		after, _ := s.Tenure()
		if after.Boot == before.Boot || after.Store != "s1" {
			t.Errorf("before %+v, after %+v", before, after)
		}
		g := node.Grant{Store: "s1", Boot: after.Boot, Place: ours(), Epoch: 3, Until: after.Now + 30*second}
		for want, change := range map[string]func(*node.Grant){
			"this node has seen epoch 3":                     func(g *node.Grant) { g.Epoch = 2 },
			"this node takes orders from store s1 alone":     func(g *node.Grant) { g.Store = "s2" },
			"it is for boot \"" + before.Boot + "\" of this": func(g *node.Grant) { g.Boot = before.Boot },
		} {
			wrong := g
			change(&wrong)
			if err := s.Grant(wrong); !errors.Is(err, node.ErrRefused) || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		s.noted(t)
		s.holds(t, 3)
	})
}

// TestBootsPlaces stops, beside those that it held, those that it may hold, and refuses others.
func TestBootsPlaces(t *testing.T) {
	router := schema.Place{Role: "router", Number: 1}
	tell(t, Options{Places: []schema.Place{router}}, func(t *testing.T, s *story) {
		s.noted(t, "0s force router/1 0 0s")
		if err := s.grant(t, 3); !errors.Is(err, node.ErrRefused) || err.Error() != "refuse scheduler/0: this node does not gate it; start it with that among its places" {
			t.Errorf("granted: %v", err)
		}
		s.noted(t)
	})
}

func TestDamagedFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, fileName)
	if err := os.WriteFile(path, []byte(`{"store":`), 0o600); err != nil {
		t.Fatal(err)
	}
	want := "boot leases: " + path + ": unexpected end of JSON input; it says which grants this node must refuse: bring it back, or see that nothing of the node's roles runs, remove it, and enrol the node again"
	if err := New(dir, nil, Options{}).Boot(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestKeeps writes the file only when there is something new, and whole.
func TestKeeps(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		writes := 0
		s.keep = func(path string, k lease.Kept) error { writes++; return keep(path, k) }
		s.holds(t, 3)
		for range 3 {
			if err := s.grant(t, 3); err != nil {
				t.Error(err)
			}
		}
		data, err := os.ReadFile(s.path)
		if want := `{"store":"s1","epochs":{"scheduler/0":3}}` + "\n"; err != nil || string(data) != want || writes != 1 {
			t.Errorf("%d writes, %s, %v", writes, data, err)
		}
		if entries, err := os.ReadDir(s.dir); err != nil || len(entries) != 1 {
			t.Errorf("%v, %v", entries, err)
		}
	})
}

// TestCannotWrite starts nothing and gives nothing up that could not be written down, and still stops in time.
func TestCannotWrite(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		s.holds(t, 3)
		s.keep = func(string, lease.Kept) error { return errors.New("full") }
		if err := s.grant(t, 4); err == nil || errors.Is(err, node.ErrRefused) || err.Error() != "write down leases: full" {
			t.Errorf("granted: %v", err)
		}
		if _, err := s.Revoke(node.Revoke{Store: "s1", Place: ours(), Epoch: 5}); err == nil || err.Error() != "write down leases: full" {
			t.Errorf("revoked: %v", err)
		}
		s.noted(t)
		s.is(t, 3, schema.Active)
		time.Sleep(25 * second)
		s.noted(t, "25s stop scheduler/0 3 5s")
	})
}

// TestSlowDisk: while a write hangs, what is due is done; what was written too late is refused.
func TestSlowDisk(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		s.holds(t, 3)
		s.keep = func(string, lease.Kept) error { time.Sleep(time.Minute); return nil }
		if err := s.grant(t, 4); !errors.Is(err, node.ErrRefused) || !strings.Contains(err.Error(), "it leaves -30s") {
			t.Errorf("granted: %v", err)
		}
		s.noted(t, "25s stop scheduler/0 3 5s")
		s.is(t, 3, schema.Passive)
	})
}

// TestLeaves gives up gently, takes no more, and says so to whoever asks.
func TestLeaves(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		s.does["stop"] = hang
		s.holds(t, 3)
		time.Sleep(10 * second)
		left := make(chan error)
		go func() { left <- s.Leave(t.Context()) }()
		s.is(t, 3, schema.Stopping)
		if err := s.grant(t, 4); !errors.Is(err, node.ErrRefused) || !strings.Contains(err.Error(), "the node is being stopped") {
			t.Errorf("granted: %v", err)
		}
		if err := <-left; err != nil {
			t.Error(err)
		}
		s.noted(t, "10s stop scheduler/0 3 20s", "30s force scheduler/0 3 0s")
		s.is(t, 3, schema.Passive)
	})
}

// TestLeaveIsGivenUp says that places still run.
func TestLeaveIsGivenUp(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		s.does["stop"], s.does["force"] = hang, hang
		s.holds(t, 3)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Leave(ctx); err == nil || !strings.Contains(err.Error(), "places still run") {
			t.Errorf("left: %v", err)
		}
	})
}

// TestManyPlaces moves each by itself.
func TestManyPlaces(t *testing.T) {
	tell(t, Options{}, func(t *testing.T, s *story) {
		tenure, _ := s.Tenure()
		for i := range 3 {
			err := s.Grant(node.Grant{Store: "s1", Boot: tenure.Boot, Place: node.Place{Role: "pool", Number: i}, Epoch: uint64(i + 1), Until: tenure.Now + time.Duration(10+i)*second})
			if err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		if diff := cmp.Diff(map[string]uint64{"pool": 3}, s.Held()); diff != "" {
			t.Error(diff)
		}
		time.Sleep(11 * second)
		synctest.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		slices.Sort(s.notes[:3])
		want := []string{"0s start pool/0 1 10s", "0s start pool/1 2 11s", "0s start pool/2 3 12s", "10s force pool/0 1 0s", "11s force pool/1 2 0s"}
		if diff := cmp.Diff(want, s.notes); diff != "" {
			t.Error(diff)
		}
	})
}
