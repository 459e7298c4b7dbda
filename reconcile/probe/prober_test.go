package probe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/schema"
)

// site is peers that answer after a while, and what was asked of them when.
type site struct {
	began time.Time

	mu     sync.Mutex
	asked  map[string][]time.Duration
	flying int
	most   int
}

func newSite() *site { return &site{began: time.Now(), asked: map[string][]time.Duration{}} }

// client is a peer of the site.
type client struct {
	site   *site
	serial string
	takes  time.Duration // to answer; negative: for ever
	err    error
}

func (c *client) Health(ctx context.Context, deep bool) error {
	name := c.serial
	if deep {
		name += " deep"
	}
	c.site.note(name, 1)
	defer c.site.note("", -1)
	if c.takes < 0 {
		<-ctx.Done()
		return &schema.Failure{Op: "check health", Cause: schema.Unreachable, Err: ctx.Err()}
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(c.takes):
		return c.err
	}
}

func (s *site) note(name string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name != "" {
		s.asked[name] = append(s.asked[name], time.Since(s.began))
	}
	s.flying += n
	s.most = max(s.most, s.flying)
}

// times are when a peer was asked.
func (s *site) times(name string) []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked[name])
}

func (s *site) target(serial string, takes time.Duration, err error) Target {
	return Target{Serial: serial, Client: &client{site: s, serial: serial, takes: takes, err: err}, Probe: 10 * time.Second, Timeout: 2 * time.Second}
}

// run runs a prober in a bubble for the time that do takes, and returns what it told.
func run(t *testing.T, slots int, do func(s *site, p *Prober)) []health.Event {
	t.Helper()
	var events []health.Event
	synctest.Test(t, func(t *testing.T) {
		s := newSite()
		p := New(slots, time.Now, func(told ...health.Event) bool { events = append(events, told...); return true })
		ctx, stop := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { p.Run(ctx) })
		do(s, p)
		stop()
		group.Wait()
	})
	return events
}

func of(events []health.Event, serial string) []health.Probe {
	var found []health.Probe
	for _, e := range events {
		if probe, is := e.(health.Probe); is && probe.Serial == serial {
			found = append(found, probe)
		}
	}
	return found
}

// TestPeersAreAskedSpread: each on its interval, at a time of its own that is the same after a restart.
func TestPeersAreAskedSpread(t *testing.T) {
	t.Parallel()
	var first map[string][]time.Duration
	for range 2 {
		var most int
		var asked map[string][]time.Duration
		run(t, 0, func(s *site, p *Prober) {
			var targets []Target
			for i := range 200 {
				targets = append(targets, s.target(fmt.Sprint(i), 10*time.Millisecond, nil))
			}
			p.Watch(targets)
			time.Sleep(40*time.Second - time.Nanosecond)
			synctest.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			most, asked = s.most, maps.Clone(s.asked)
		})
		if most > 10 {
			t.Errorf("%d of 200 were asked at once", most)
		}
		for serial, times := range asked {
			if len(times) != 4 || times[0] >= 10*time.Second || times[3]-times[0] != 30*time.Second {
				t.Errorf("%s was asked at %s", serial, times)
			}
		}
		if len(asked) != 200 || first != nil && !maps.EqualFunc(first, asked, slices.Equal) {
			t.Errorf("%d were asked, or at other times than before", len(asked))
		}
		first = asked
	}
}

// TestPeersAreAskedByTheTick: many peers are asked some at a time, since each waking costs; but never far from when
// they are due, and who is asked because somebody wants to know does not wait.
func TestPeersAreAskedByTheTick(t *testing.T) {
	t.Parallel()
	run(t, 0, func(s *site, p *Prober) {
		var targets []Target
		for i := range 2000 {
			targets = append(targets, s.target(fmt.Sprint(i), time.Millisecond, nil))
		}
		p.Watch(targets)
		time.Sleep(10 * time.Second)
		wakings := map[time.Duration]bool{}
		for _, target := range targets {
			for _, at := range s.times(target.Serial) {
				wakings[at] = true
				if late := at - phase(target.Serial, false, target.Probe); late < 0 || late > tick {
					t.Errorf("%s is asked %s late", target.Serial, late)
				}
			}
		}
		if most := int(10*time.Second/tick) + 1; len(wakings) > most {
			t.Errorf("it woke %d times, want %d at most", len(wakings), most)
		}
		for i := range 3 { // one of these at least is within a tick
			p.Ask(health.Signal{Kind: health.Ask, Ask: uint64(i + 1), View: health.View{Serial: "7"}})
			at := time.Since(s.began)
			synctest.Wait()
			if times := s.times("7"); times[len(times)-1] != at {
				t.Errorf("who is wanted at once, at %s, is asked at %s", at, times)
			}
			time.Sleep(tick / 3)
		}
	})
}

// TestPhase: a peer is not asked for both at once.
func TestPhase(t *testing.T) {
	t.Parallel()
	for i := range 100 {
		serial := fmt.Sprint(i)
		live, deep := phase(serial, false, time.Minute), phase(serial, true, time.Minute)
		if live == deep || live != phase(serial, false, time.Minute) || live < 0 || live >= time.Minute {
			t.Errorf("%s: %s, %s", serial, live, deep)
		}
	}
}

func TestWhatCameOfIt(t *testing.T) {
	t.Parallel()
	busy := &schema.Failure{Op: "check health", Cause: schema.Busy, Err: errors.New("503")}
	events := run(t, 0, func(s *site, p *Prober) {
		deep := s.target("deep", 0, nil)
		deep.Probe, deep.Deep = 0, 15*time.Second
		p.Watch([]Target{s.target("well", time.Second, nil), s.target("busy", time.Second, busy), s.target("gone", -1, nil), s.target("late", 5*time.Second, nil), deep})
		time.Sleep(30 * time.Second)
	})
	for serial, want := range map[string]error{"well": nil, "busy": busy} {
		if got := of(events, serial); len(got) < 2 || got[0] != (health.Probe{Serial: serial, Err: want}) {
			t.Errorf("%s: %v", serial, got)
		}
	}
	for _, serial := range []string{"gone", "late"} {
		if got := of(events, serial); len(got) < 2 || schema.CauseOf(got[0].Err) != schema.Unreachable {
			t.Errorf("%s: %v", serial, got)
		}
	}
	if got := of(events, "deep"); len(got) != 2 || !got[0].Deep {
		t.Errorf("deep: %v", got)
	}
}

// TestWaitingIsNoSilence: the time until its turn comes is not the peer's.
func TestWaitingIsNoSilence(t *testing.T) {
	t.Parallel()
	var most int
	events := run(t, 1, func(s *site, p *Prober) {
		var targets []Target
		for i := range 5 {
			targets = append(targets, s.target(fmt.Sprint(i), 1900*time.Millisecond, nil))
		}
		p.Watch(targets)
		time.Sleep(time.Minute)
		s.mu.Lock()
		defer s.mu.Unlock()
		most = s.most
	})
	if most != 1 || len(events) < 25 {
		t.Errorf("%d at once, %d probes", most, len(events))
	}
	for _, e := range events {
		if probe := e.(health.Probe); probe.Err != nil {
			t.Errorf("%s: %v", probe.Serial, probe.Err)
		}
	}
}

// TestSilentPeersDoNotHoldUpOthers: those that answered the last time do not wait for the time-outs of those
// that did not, and a last question waits for neither.
func TestSilentPeersDoNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	const slots = 4
	var before, after, asks []time.Duration
	run(t, slots, func(s *site, p *Prober) {
		var targets []Target
		for i := range 100 {
			targets = append(targets, s.target(fmt.Sprint("gone", i), -1, nil))
		}
		p.Watch(append(targets, s.target("well", 0, nil)))
		time.Sleep(2 * time.Minute)
		before = s.times("well")
		time.Sleep(time.Minute)
		after = s.times("well")[len(before):]
		n := len(s.times("gone42"))
		p.Ask(health.Signal{Kind: health.Pending, View: health.View{Serial: "gone43"}}, health.Signal{Kind: health.Ask, Ask: 7, View: health.View{Serial: "gone42"}})
		synctest.Wait()
		asks = s.times("gone42")[n:]
	})
	if len(after) != 6 {
		t.Errorf("asked %d times in a minute, want 6: %s", len(after), after)
	}
	if len(asks) != 1 || asks[0] != 3*time.Minute {
		t.Errorf("asked at %s, want at once", asks)
	}
}

// TestAskedOnce: the answer says which question it answers, a second question that waits is the first, and
// nobody is asked who is not watched.
func TestAskedOnce(t *testing.T) {
	t.Parallel()
	ask := func(serial string, n uint64) health.Signal {
		return health.Signal{Kind: health.Ask, Ask: n, View: health.View{Serial: serial}}
	}
	events := run(t, 1, func(s *site, p *Prober) {
		a, b := s.target("a", time.Second, nil), s.target("b", time.Second, nil)
		a.Probe, b.Probe = 0, 0
		p.Watch([]Target{a, b})
		p.Ask(ask("a", 1), ask("b", 2), ask("b", 3), ask("c", 4))
		time.Sleep(10 * time.Second)
		p.Ask(ask("b", 5))
		time.Sleep(10 * time.Second)
	})
	want := []health.Event{health.Probe{Serial: "a", Ask: 1}, health.Probe{Serial: "b", Ask: 3}, health.Probe{Serial: "b", Ask: 5}}
	if !slices.Equal(events, want) {
		t.Errorf("got %v", events)
	}
}

// TestWatchAgain: who stays keeps its turn, who goes is asked no more, and of its last probe nothing is told.
func TestWatchAgain(t *testing.T) {
	t.Parallel()
	var stays, goes, leaves, left, changes []time.Duration
	events := run(t, 0, func(s *site, p *Prober) {
		a, b, c := s.target("stays", 0, nil), s.target("goes", -1, nil), s.target("changes", 0, nil)
		b.Timeout = 15 * time.Second // it is in flight when it goes
		p.Watch([]Target{a, b, c, s.target("leaves", 0, nil)})
		time.Sleep(12300 * time.Millisecond)
		leaves = s.times("leaves")
		c.Probe = time.Second
		p.Watch([]Target{a, c})
		time.Sleep(20 * time.Second)
		stays, goes, left, changes = s.times("stays"), s.times("goes"), s.times("leaves"), s.times("changes")
	})
	if len(leaves) == 0 || len(left) != len(leaves) {
		t.Errorf("leaves: asked at %s, and then at %s", leaves, left)
	}
	if len(goes) != 1 || len(of(events, "goes")) != 0 {
		t.Errorf("goes: asked at %s, told %v", goes, of(events, "goes"))
	}
	for i := 1; i < len(stays); i++ {
		if stays[i]-stays[i-1] != 10*time.Second {
			t.Errorf("stays: %s", stays)
		}
	}
	if len(stays) < 2 || len(changes) < 20 {
		t.Errorf("stays: %s, changes: %s", stays, changes)
	}
}

// TestMissedTurns are not made up for: a peer that takes longer than the interval is asked at its next turn.
func TestMissedTurns(t *testing.T) {
	t.Parallel()
	var asked []time.Duration
	run(t, 0, func(s *site, p *Prober) {
		slow := s.target("slow", 25*time.Second, nil)
		slow.Timeout = time.Minute
		p.Watch([]Target{slow})
		time.Sleep(100 * time.Second)
		asked = s.times("slow")
	})
	for i := 1; i < len(asked); i++ {
		if asked[i]-asked[i-1] != 30*time.Second {
			t.Errorf("asked at %s", asked)
		}
	}
	if len(asked) < 3 {
		t.Errorf("asked at %s", asked)
	}
}

// TestNothingIsToldOfProbesThatWeEnded: what is cut short when the prober stops is no silence.
func TestNothingIsToldOfProbesThatWeEnded(t *testing.T) {
	t.Parallel()
	events := run(t, 0, func(s *site, p *Prober) {
		gone := s.target("gone", -1, nil)
		gone.Timeout = time.Hour
		p.Watch([]Target{gone})
		time.Sleep(20 * time.Second)
	})
	if len(events) != 0 {
		t.Error(events)
	}
}

func TestFair(t *testing.T) {
	t.Parallel()
	failure := func(cause schema.Cause, err error) error {
		return &schema.Failure{Op: "check health", Cause: cause, Err: err}
	}
	late, timeout := 1200*time.Millisecond, time.Second
	for name, test := range map[string]struct {
		err, ended error
		spent      time.Duration
		cause      schema.Cause
		says       string
	}{
		"well":                  {},
		"refused":               {err: failure(schema.Unreachable, syscall.ECONNREFUSED), cause: schema.Unreachable},
		"time is over":          {err: failure(schema.Unreachable, os.ErrDeadlineExceeded), ended: context.DeadlineExceeded, spent: timeout, cause: schema.Unreachable},
		"without a cause":       {err: context.DeadlineExceeded, ended: context.DeadlineExceeded, spent: timeout, cause: schema.Unreachable},
		"over too late":         {err: failure(schema.Unreachable, os.ErrDeadlineExceeded), ended: context.DeadlineExceeded, spent: late, says: "too busy: 1s were over only after 1.2s"},
		"late, but an answer":   {err: failure(schema.Unauthorised, errors.New("401")), spent: late, cause: schema.Unauthorised},
		"we stopped":            {err: failure(schema.Unreachable, context.Canceled), ended: context.Canceled, says: "not asked"},
		"no files":              {err: failure(schema.Unreachable, fmt.Errorf("dial: %w", syscall.EMFILE)), says: "not asked: check health: unreachable: dial: too many open files"},
		"no network":            {err: failure(schema.Unreachable, &os.SyscallError{Syscall: "connect", Err: syscall.ENETUNREACH}), says: "network is unreachable"},
		"no way for it to know": {err: errors.New("the definition does not say how"), says: "does not say how"},
	} {
		got := fair(test.err, test.ended, test.spent, timeout)
		if schema.CauseOf(got) != test.cause || (got == nil) != (test.err == nil) || test.says != "" && !strings.Contains(got.Error(), test.says) {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// TestDeathIsSeen: a prober, an inbox and a state together, on a peer that stops to answer.
func TestDeathIsSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, inbox := newSite(), new(Inbox)
		p := New(0, time.Now, inbox.Put)
		policy := health.Policy{Probe: 10 * time.Second, Timeout: 2 * time.Second, Dead: 30 * time.Second, Confirm: true}
		state := health.New(health.Config{Peers: []health.Peer{{Serial: "1001", Policy: policy}, {Serial: "1002", Policy: policy}}})
		ctx, stop := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { p.Run(ctx) })
		well := s.target("1002", 0, nil)
		p.Watch([]Target{s.target("1001", 0, nil), well})
		var told []string
		for second := range 120 {
			if second == 60 {
				p.Watch([]Target{s.target("1001", -1, nil), well})
			}
			time.Sleep(time.Second)
			signals := state.Step(time.Now(), inbox.Take()...)
			p.Ask(signals...)
			for _, signal := range signals {
				told = append(told, signal.Serial+" "+string(signal.Kind))
			}
		}
		stop()
		group.Wait()
		if got := strings.Join(told, ", "); got != "1001 live, 1002 live, 1001 pending, 1001 ask, 1001 dead" && got != "1002 live, 1001 live, 1001 pending, 1001 ask, 1001 dead" {
			t.Error(got)
		}
	})
}
