package lease

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// The simulation: machines, controllers and stores in one world whose time is an event queue, so that ten minutes
// take a millisecond or two, and a seed says all that happens in them. The halves in it are the real ones. What is
// around them is as bad as docs/failover.md lets it be, and no worse; the world alone knows the true time, and
// sees at every instant who runs what.

// The endpoints of the network.
const (
	machines    = 5
	controllers = 2
	endpoints   = machines + controllers + 2 // and two stores
)

// The places of the world. Every machine has a node's half for the first, and is a server without leases for the second.
const (
	leasedPlace = iota
	confirmedPlace
	placesInAll
)

// Whom people want in a place, if no machine.
const (
	anybody = -1
	nobody  = -2
)

func placeOf(i int) schema.Place {
	return schema.Place{Role: [...]string{"pump", "rack"}[i]}
}

// profile is how bad a world is.
type profile struct {
	drop, twice, slow float64       // shares of messages
	chaos             time.Duration // between two mishaps, on average; 0: none
	troubles          []trouble     // what they are
	heals             bool          // after half of the time there are none, and no message is lost or late
	rho               float64       // clocks are that far off
	stopWithin        time.Duration
	guard             time.Duration    // forcing takes, and timers are late, at most so long
	longest           time.Duration    // that a message is on its way
	rivalry           float64          // share of standbys who take over although the leader lives
	ttl               [2]time.Duration // between these
	verdict           time.Duration    // a machine is taken for dead after so long without an answer
	restores          bool             // backups of the store are kept, and may be played back
	doubled           bool             // the second controller works on a copy of the store
	alone             bool             // there is one controller
	hold              bool             // roles hold when the store is lost
	refusing          bool             // the first machine answers, and never takes a grant
	configurations    bool             // the controllers have different TTLs
}

// world is one run.
type world struct {
	profile
	*rand.Rand
	sabotage    sabotage
	now         time.Duration // true time
	queue       []event
	order       uint64
	machines    [machines]*machine
	controllers []*controller
	stores      []*store
	cut         [endpoints][endpoints]bool          // from, to
	jam         [endpoints][endpoints]time.Duration // what is sent before then arrives then
	wanted      [placesInAll]int                    // the machine that a person wants there
	running     [placesInAll]int
	held        [placesInAll]time.Duration // so long somebody ran it
	since       time.Duration
	names       int
	violation   string
	told        []string // what happened, if anybody asks
	tell        bool
}

type event struct {
	at    time.Duration
	order uint64
	do    func()
}

func (e event) before(f event) bool { return e.at < f.at || e.at == f.at && e.order < f.order }

// after has something happen so much later.
func (w *world) after(d time.Duration, do func()) {
	w.order++
	w.queue = append(w.queue, event{w.now + max(d, 0), w.order, do})
	for i := len(w.queue) - 1; i > 0; {
		parent := (i - 1) / 2
		if !w.queue[i].before(w.queue[parent]) {
			break
		}
		w.queue[i], w.queue[parent] = w.queue[parent], w.queue[i]
		i = parent
	}
}

// next takes the first event off the queue.
func (w *world) next() event {
	first, last := w.queue[0], len(w.queue)-1
	w.queue[0], w.queue[last] = w.queue[last], event{}
	w.queue = w.queue[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if w.queue[child].before(w.queue[least]) {
				least = child
			}
		}
		if least == i {
			return first
		}
		w.queue[i], w.queue[least] = w.queue[least], w.queue[i]
		i = least
	}
}

// run lets time pass until end, or until a place has two holders.
func (w *world) run(end time.Duration) {
	for len(w.queue) > 0 && w.violation == "" && w.queue[0].at <= end {
		e := w.next()
		w.now = e.at
		e.do()
	}
	w.account()
}

// account adds up how long places were held.
func (w *world) account() {
	for i, n := range w.running {
		if n > 0 {
			w.held[i] += w.now - w.since
		}
	}
	w.since = w.now
}

// send has something happen at another endpoint, once, twice or never.
func (w *world) send(from, to int, do func()) {
	copies := 1
	if w.chance(w.twice) {
		copies = 2
	}
	for range copies {
		if w.cut[from][to] || w.chance(w.drop) {
			continue
		}
		way := w.between(0, 50*time.Millisecond)
		if w.chance(w.slow) {
			way = w.between(0, w.longest)
		}
		way = max(way, w.jam[from][to]-w.now)
		w.after(way, func() {
			if !w.cut[from][to] {
				do()
			}
		})
	}
}

func (w *world) chance(share float64) bool { return share > 0 && w.Float64() < share }

func (w *world) between(least, most time.Duration) time.Duration {
	return least + time.Duration(w.Float64()*float64(most-least))
}

// name is one that nothing had before.
func (w *world) name(prefix string) string {
	w.names++
	return prefix + strconv.Itoa(w.names)
}

func (w *world) note(format string, args ...any) {
	if w.tell {
		w.told = append(w.told, fmt.Sprintf("%9.3f ", w.now.Seconds())+fmt.Sprintf(format, args...))
	}
}

// clock is one that nobody sets, and that goes fast or slow.
type clock struct {
	rate   float64
	shown  time.Duration
	set    time.Duration // true time
	paused bool
}

func (c *clock) read(now time.Duration) time.Duration {
	if c.paused {
		return c.shown
	}
	return c.shown + time.Duration(float64(now-c.set)*c.rate)
}

// start has the clock show something, and go on from there.
func (c *clock) start(shown, now time.Duration) { c.shown, c.set, c.paused = shown, now, false }

// stop has it stand still.
func (c *clock) stop(now time.Duration) { c.shown, c.paused = c.read(now), true }

// truly is how long something takes that takes d on the clock.
func (c *clock) truly(d time.Duration) time.Duration {
	return time.Duration(float64(d)/c.rate) + 1
}

// newClock is off by up to rho; the extremes are drawn often.
func (w *world) newClock(shown time.Duration) clock {
	off := [...]float64{-1, 1, 0, w.Float64()*2 - 1}[w.IntN(4)]
	return clock{rate: 1 + w.rho*off, shown: shown, set: w.now}
}
