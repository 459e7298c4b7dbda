package beat

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/probe"
)

// controller takes heartbeats, or does not.
type controller struct {
	began time.Time

	mu    sync.Mutex // of what follows
	at    []time.Duration
	beats []probe.Beat
	fails error
	hangs bool
	told  []error
}

func (c *controller) post(ctx context.Context, b probe.Beat) error {
	c.mu.Lock()
	c.at, c.beats = append(c.at, time.Since(c.began)), append(c.beats, b)
	hangs, err := c.hangs, c.fails
	c.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

// does has it take heartbeats from now on, refuse them, or not answer.
func (c *controller) does(hangs bool, fails error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hangs, c.fails = hangs, fails
}

func (c *controller) tell(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, err)
}

// got is what came so far.
func (c *controller) got() (at []time.Duration, beats []probe.Beat, told []error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.at), slices.Clone(c.beats), slices.Clone(c.told)
}

// bubble runs a sender in a time of its own.
func bubble(t *testing.T, every time.Duration, jitter float64, test func(t *testing.T, c *controller, s *Sender)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &controller{began: time.Now()}
		s := New(Options{
			Serial: "1001", Boot: "b", Every: every, Post: c.post, Jitter: func() float64 { return jitter },
			Ails: func() map[string]string { return map[string]string{"store": "full"} },
			Told: c.tell,
		})
		ctx, cancel := context.WithCancel(t.Context())
		go s.Run(ctx)
		test(t, c, s)
		cancel()
		synctest.Wait()
	})
}

// until lets time pass, to a moment just after.
func until(d time.Duration) {
	time.Sleep(d + time.Millisecond)
	synctest.Wait()
}

// TestRhythm: the first one comes within the time between two, the others no later than that after each other.
func TestRhythm(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		jitter float64
		want   []time.Duration
	}{
		"at the latest": {0, []time.Duration{0, 10 * time.Second, 20 * time.Second, 30 * time.Second}},
		"drifting":      {0.5, []time.Duration{5 * time.Second, 14500 * time.Millisecond, 24 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, 10*time.Second, test.jitter, func(t *testing.T, c *controller, _ *Sender) {
				until(30 * time.Second)
				at, beats, _ := c.got()
				if !reflect.DeepEqual(at, test.want) {
					t.Errorf("they come at %v, want %v", at, test.want)
				}
				for i, b := range beats {
					want := probe.Beat{Serial: "1001", Boot: "b", Sequence: uint64(i + 1), Components: map[string]string{"store": "full"}}
					if !reflect.DeepEqual(b, want) {
						t.Errorf("got %+v, want %+v", b, want)
					}
				}
			})
		})
	}
}

// TestClose: the last one is the last, and says so.
func TestClose(t *testing.T) {
	t.Parallel()
	bubble(t, time.Second, 0, func(t *testing.T, c *controller, s *Sender) {
		until(2 * time.Second)
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		until(10 * time.Second)
		_, beats, _ := c.got()
		last := beats[len(beats)-1]
		if len(beats) != 4 || !last.Closing || last.Sequence != 4 || beats[2].Closing {
			t.Errorf("got %+v", beats)
		}
	})
}

// TestHanging: a way on which nothing comes back costs a second, not the heartbeats after it; and Close waits no longer.
func TestHanging(t *testing.T) {
	t.Parallel()
	bubble(t, 100*time.Millisecond, 0, func(t *testing.T, c *controller, s *Sender) {
		c.does(true, nil)
		until(time.Second)
		began := time.Now()
		if err := s.Close(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it closes with %v", err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it takes %s to close", took)
		}
		c.does(false, nil)
	})
	bubble(t, 100*time.Millisecond, 0, func(t *testing.T, c *controller, _ *Sender) {
		c.does(true, nil)
		until(time.Second + 100*time.Millisecond)
		c.does(false, nil)
		until(10 * time.Second)
		if _, beats, _ := c.got(); len(beats) < 50 {
			t.Errorf("after one that hung come %d", len(beats))
		}
	})
}

// TestSlow: where the time between two is long, one has no longer than 5 s.
func TestSlow(t *testing.T) {
	t.Parallel()
	bubble(t, time.Minute, 0, func(t *testing.T, c *controller, _ *Sender) {
		c.does(true, nil)
		until(5 * time.Second)
		if _, _, told := c.got(); len(told) != 1 || !errors.Is(told[0], context.DeadlineExceeded) {
			t.Errorf("told %v", told)
		}
	})
}

// TestTold: of several failures the first is told, and that they arrive again.
func TestTold(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	bubble(t, time.Second, 0, func(t *testing.T, c *controller, _ *Sender) {
		until(3 * time.Second)
		c.does(false, refused)
		until(3 * time.Second)
		c.does(false, nil)
		until(3 * time.Second)
		if _, _, told := c.got(); !reflect.DeepEqual(told, []error{refused, nil}) {
			t.Errorf("told %v, want that they are refused, and then nothing", told)
		}
	})
}
