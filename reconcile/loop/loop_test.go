package loop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a source and what reconciles, in a test: what they do is set, what they were asked is kept.
type world struct {
	mu       sync.Mutex
	revision string
	moved    bool // who holds a role, since the last look
	looks    error
	takes    time.Duration // a round
	fails    error
	asked    []string
	rounds   []string
	events   []string
}

func (w *world) set(do func(*world)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do(w)
}

func (w *world) Latest(_ context.Context, have string) (Desired, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, have)
	moved := w.moved
	w.moved = false
	if w.looks != nil && !moved {
		return Desired{}, w.looks
	}
	d := Desired{Target: reconcile.Target{Revision: w.revision}}
	if have != w.revision || moved {
		d.Cluster = &schema.Cluster{Name: "mft"}
	}
	return d, nil
}

func (w *world) Round(ctx context.Context, d Desired) (reconcile.Report, error) {
	w.mu.Lock()
	takes, fails := w.takes, w.fails
	w.rounds = append(w.rounds, d.Revision)
	w.mu.Unlock()
	report := reconcile.Report{Revision: d.Revision, Peers: []reconcile.PeerReport{{Serial: "1001", InSync: 3}}}
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		report.Interrupted = true
	}
	return report, fails
}

func (w *world) tell(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, fmt.Sprint(e.Kind, " ", e.Revision, e.Text))
}

// run runs a loop over the world for as long as the story takes.
func run(t *testing.T, w *world, story func(*Loop)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := New(w, w, Options{Poll: 10 * time.Second, Round: time.Minute, Clock: time.Now, Events: w.tell})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			l.Run(ctx)
			close(ended)
		}()
		synctest.Wait()
		story(l)
		stop()
		<-ended
	})
}

func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// kept returns a copy of what list points to, which a look or a round beside the story adds to.
func (w *world) kept(list *[]string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(*list)
}

// last returns the revision the last look knew.
func (w *world) last() string {
	asked := w.kept(&w.asked)
	return asked[len(asked)-1]
}

func (w *world) expect(t *testing.T, what string, list *[]string, want []string) {
	t.Helper()
	if got := w.kept(list); !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestRoundsGoOn(t *testing.T) {
	t.Parallel()
	w := &world{revision: "a", takes: time.Second}
	run(t, w, func(l *Loop) {
		after(3*time.Minute + 30*time.Second)
		w.expect(t, "rounds", &w.rounds, []string{"a", "a", "a", "a"})
		if s := l.Status(); !s.Ready() || s.Revision != "a" || s.Reconciling || s.Round.Peers[0].InSync != 3 || s.Next.Sub(s.Round.Ended) != time.Minute {
			t.Errorf("status %+v", s)
		}
		if asked := w.kept(&w.asked); len(asked) != 22 || asked[0] != "" || asked[1] != "a" {
			t.Errorf("looked %d times: %q", len(asked), asked)
		}
	})
}

func TestNewRevisionCutsARoundShort(t *testing.T) {
	t.Parallel()
	w := &world{revision: "a", takes: time.Hour}
	run(t, w, func(l *Loop) {
		w.set(func(w *world) { w.revision, w.takes = "b", time.Second })
		after(12 * time.Second)
		w.expect(t, "rounds", &w.rounds, []string{"a", "b"})
		w.expect(t, "events", &w.events, []string{"in-force a", "in-force b", "round a", "round b"})
		if s := l.Status(); s.Round.Revision != "b" || s.Since.Sub(s.Round.Started) != 0 {
			t.Errorf("status %+v", s)
		}
	})
}

func TestSameRevisionFollows(t *testing.T) {
	t.Parallel()
	w := &world{revision: "a", takes: time.Hour}
	run(t, w, func(l *Loop) {
		since := l.Status().Since
		w.set(func(w *world) { w.moved, w.takes = true, time.Second })
		after(12 * time.Second)
		w.expect(t, "rounds", &w.rounds, []string{"a", "a"})
		w.expect(t, "events", &w.events, []string{"in-force a", "followed a", "round a", "round a"})
		if s := l.Status(); s.Revision != "a" || !s.Since.Equal(since) {
			t.Errorf("status %+v, want it in force since %v", s, since)
		}
		w.set(func(w *world) { w.looks = &Refused{Revision: "a", Why: "hosts: want a number"} })
		after(10 * time.Second)
		w.set(func(w *world) { w.moved, w.looks = true, nil })
		after(10 * time.Second)
		if s := l.Status(); s.Revision != "a" || s.Refused != nil {
			t.Errorf("status %+v, want it taken after all", s)
		}
	})
}

func TestRefusedRevisionChangesNothing(t *testing.T) {
	t.Parallel()
	w := &world{revision: "a"}
	run(t, w, func(l *Loop) {
		w.set(func(w *world) { w.looks = &Refused{Revision: "b", Why: "peers: none"} })
		after(2 * time.Minute)
		w.expect(t, "rounds", &w.rounds, []string{"a", "a", "a"})
		if s := l.Status(); s.Revision != "a" || s.Refused == nil || s.Refused.Revision != "b" || s.Blind != "" {
			t.Errorf("status %+v", s)
		}
		if last := w.last(); last != "b" {
			t.Errorf("it is evaluated anew at every look: have %q", last)
		}
		l.Wake()
		synctest.Wait()
		if last := w.last(); last != "a" {
			t.Errorf("woken, it is not looked at once more: have %q", last)
		}
		w.set(func(w *world) { w.looks, w.revision = nil, "c" })
		after(10 * time.Second)
		if s := l.Status(); s.Revision != "c" || s.Refused != nil {
			t.Errorf("status %+v", s)
		}
	})
}

func TestBlindGoesOnWithWhatIsInForce(t *testing.T) {
	t.Parallel()
	w := &world{revision: "a"}
	run(t, w, func(l *Loop) {
		seen := l.Status().Looked
		w.set(func(w *world) { w.looks = errors.New("connection refused") })
		after(time.Minute)
		if s := l.Status(); s.Blind != "connection refused" || s.Revision != "a" || !s.Looked.Equal(seen) {
			t.Errorf("status %+v", s)
		}
		w.set(func(w *world) { w.looks = nil })
		after(10 * time.Second)
		w.expect(t, "rounds", &w.rounds, []string{"a", "a"})
		w.expect(t, "events", &w.events, []string{"in-force a", "round a", "blind connection refused", "round a", "sighted "})
		if s := l.Status(); s.Blind != "" || !s.Looked.After(seen) {
			t.Errorf("status %+v", s)
		}
	})
}

// TestFollowingIsNoSight: what follows who holds the roles asks for no revision, so an alarm that none can be found out
// stays.
func TestFollowingIsNoSight(t *testing.T) {
	t.Parallel()
	w := &world{revision: "a"}
	run(t, w, func(l *Loop) {
		seen := l.Status().Looked
		w.set(func(w *world) { w.looks = errors.New("connection refused") })
		after(20 * time.Second)
		w.set(func(w *world) { w.moved = true })
		after(20 * time.Second)
		w.expect(t, "events", &w.events, []string{"in-force a", "round a", "blind connection refused", "followed a", "round a"})
		if s := l.Status(); s.Blind != "connection refused" || !s.Looked.Equal(seen) {
			t.Errorf("status %+v", s)
		}
	})
}

func TestFailedRoundIsMadeAgain(t *testing.T) {
	t.Parallel()
	w := &world{revision: "a", fails: errors.New("no space left on device")}
	run(t, w, func(l *Loop) {
		if s := l.Status(); s.Round.Error != "no space left on device" {
			t.Errorf("status %+v", s)
		}
		w.set(func(w *world) { w.fails = nil })
		after(time.Minute)
		w.expect(t, "events", &w.events, []string{"in-force a", "round-fail ano space left on device", "round a"})
		if s := l.Status(); s.Round.Error != "" {
			t.Errorf("status %+v", s)
		}
	})
}

func TestWakeWhileARoundRuns(t *testing.T) {
	t.Parallel()
	w := &world{revision: "a", takes: 5 * time.Second}
	run(t, w, func(l *Loop) {
		for range 100 {
			l.Wake()
		}
		after(4 * time.Second)
		w.expect(t, "rounds", &w.rounds, []string{"a"})
		after(time.Second)
		w.expect(t, "rounds", &w.rounds, []string{"a", "a"})
	})
}

func TestStopWaitsForTheRound(t *testing.T) {
	t.Parallel()
	w := &world{revision: "a", takes: time.Hour}
	run(t, w, func(*Loop) {}) // goleak and the bubble both find what goes on
	w.expect(t, "rounds", &w.rounds, []string{"a"})
}
