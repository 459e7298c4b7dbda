package probe

import (
	"cmp"
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/schema"
)

// loop is a prober that runs. All of it is Run's goroutine's own; the crew that makes the probes has only copies.
type loop struct {
	*Prober
	peers    map[string]*peer
	schedule schedule
	lined    time.Time // when what was due was last lined up
	lanes    [lanes]lane
	waiting  int // of the crew, for a probe to make
	flights  chan flight
	landed   chan landing
	crew     sync.WaitGroup
}

// peer is a target, and how the last probe went.
type peer struct {
	Target
	failing    bool
	live, deep *task
	ask        *task // that waits for a slot
	gone       bool
}

// task is a probe that is to be made.
type task struct {
	peer  *peer
	deep  bool
	ask   uint64
	every time.Duration // 0: once
	due   time.Time
	place int // in the schedule; -1: not in it
}

// lane is the probes of a sort.
type lane struct {
	waiting []*task
	flying  int
}

// tick is how long what is due waits for others at most. To wake for each of many peers costs more than to ask
// it: at 1,000 probes a second this halves the processor time. What somebody wants to know at once does not wait.
const tick = 20 * time.Millisecond

// The sorts of probes.
const (
	asked = iota
	well
	failing
	lanes
)

// flight is a probe that is made, with copies of what is the loop's own.
type flight struct {
	task    *task
	lane    int
	client  Client
	deep    bool
	timeout time.Duration
}

// landing is what came of it.
type landing struct {
	flight
	err error
}

// Run asks until ctx is done; then it waits for the probes in flight.
func (p *Prober) Run(ctx context.Context) {
	// Every probe has its place in both, so that nobody waits, also when nobody listens any more.
	most := lanes * p.slots
	l := &loop{Prober: p, peers: map[string]*peer{}, flights: make(chan flight, most), landed: make(chan landing, most)}
	defer l.crew.Wait()
	defer close(l.flights)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		l.heed()
		l.line(p.clock())
		l.start(ctx)
		timer.Reset(l.rest(p.clock()))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-p.wake:
		case first := <-l.landed:
			l.land(first)
		}
	}
}

// line lets what is due wait for a slot, once a tick.
func (l *loop) line(now time.Time) {
	if now.Sub(l.lined) < tick {
		return
	}
	l.lined = now
	for len(l.schedule) > 0 && !l.schedule[0].due.After(now) {
		t := heap.Pop(&l.schedule).(*task)
		n := well
		if t.peer.failing {
			n = failing
		}
		l.lanes[n].waiting = append(l.lanes[n].waiting, t)
	}
}

// start makes as many probes as there are slots.
func (l *loop) start(ctx context.Context) {
	for n := range l.lanes {
		lane := &l.lanes[n]
		for len(lane.waiting) > 0 && lane.flying < l.slots {
			t := lane.waiting[0]
			lane.waiting = lane.waiting[1:]
			if t.peer.ask == t {
				t.peer.ask = nil
			}
			if t.peer.gone || t.ask == 0 && t.every == 0 {
				continue
			}
			lane.flying++
			l.fly(ctx, n, t)
		}
	}
}

// fly makes a probe, by one of the crew that has nothing to do, or one more: a new goroutine for each would
// grow its stack anew each time.
func (l *loop) fly(ctx context.Context, lane int, t *task) {
	if l.waiting > 0 {
		l.waiting--
	} else {
		l.crew.Go(func() {
			for f := range l.flights {
				l.landed <- landing{f, ask(ctx, f.client, f.deep, f.timeout, l.clock)}
			}
		})
	}
	l.flights <- flight{t, lane, t.peer.Client, t.deep, cmp.Or(t.peer.Timeout, t.peer.Probe, 10*time.Second)}
}

// land tells what came of a probe, and of all others that are back.
func (l *loop) land(first landing) {
	events := l.back(nil, first)
	for {
		select {
		case next := <-l.landed:
			events = l.back(events, next)
		default:
			if len(events) > 0 {
				l.deliver(events...)
			}
			return
		}
	}
}

// back takes a probe back, and lets its task wait for the next time. Times that were missed are not made up
// for.
func (l *loop) back(events []health.Event, r landing) []health.Event {
	l.lanes[r.lane].flying--
	l.waiting++
	t := r.task
	if t.peer.gone {
		return events
	}
	if !t.deep {
		t.peer.failing = schema.CauseOf(r.err) == schema.Unreachable // which takes the whole time-out, mostly
	}
	if t.every > 0 {
		t.due = t.due.Add(t.every)
		if late := l.clock().Sub(t.due); late > 0 {
			t.due = t.due.Add((late/t.every + 1) * t.every)
		}
		heap.Push(&l.schedule, t)
	}
	return append(events, health.Probe{Serial: t.peer.Serial, Err: r.err, Deep: t.deep, Ask: t.ask})
}

// rest is how long there is nothing to do.
func (l *loop) rest(now time.Time) time.Duration {
	if len(l.schedule) == 0 {
		return time.Hour
	}
	return max(l.schedule[0].due.Sub(now), tick-now.Sub(l.lined), 0)
}
