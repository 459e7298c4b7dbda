package health

import (
	"fmt"
	"time"
)

// Tick is how far apart two steps are at most, unless something is wrong with us. More often is as good.
const Tick = time.Second

// jump is what a clock or a loop may be out by; observe is how long nobody is DEAD after more.
const (
	jump    = 2 * time.Second
	observe = 30 * time.Second
)

// clock counts the time in which we watched. It never runs backwards, and time in which we stood still is no
// time in which a peer was silent: what it said then may lie in a queue.
type clock struct {
	at    time.Duration
	last  time.Time
	quiet time.Duration // nobody is DEAD before
	why   string        // for people
}

// moment is a time in both counts: for us and for people. The zero value is never.
type moment struct {
	at   time.Duration
	when time.Time
}

func (m moment) never() bool { return m.when.IsZero() }

// advance goes on to now. It tells whether we have to doubt ourselves from here on.
func (c *clock) advance(now time.Time) (doubt bool) {
	last := c.last
	c.last = now
	if last.IsZero() {
		return false
	}
	// Both are the same unless now has a monotonic reading, which nobody sets, and which stands still
	// while the machine sleeps.
	passed, wall := now.Sub(last), now.Round(0).Sub(last.Round(0))
	why := disturbance(passed, wall)
	if why != "" {
		c.doubt(why)
		passed = min(passed, Tick)
	}
	c.at += max(passed, 0)
	return why != ""
}

// doubt has nobody DEAD for a while.
func (c *clock) doubt(why string) { c.quiet, c.why = c.at+observe, why }

// disturbance is what was wrong with us, if anything was.
func disturbance(passed, wall time.Duration) string {
	switch {
	case passed < -jump:
		return fmt.Sprintf("the clock was set back by %s", -passed)
	case passed > Tick+jump:
		return fmt.Sprintf("our own loop stood still for %s, or the clock was set forward", passed)
	case wall-passed > jump:
		return fmt.Sprintf("the clock was set forward by %s, or this machine slept", wall-passed)
	case passed-wall > jump:
		return fmt.Sprintf("the clock was set back by %s", passed-wall)
	default:
		return ""
	}
}

func (c *clock) now() moment { return moment{c.at, c.last} }

// observing tells whether we doubt ourselves.
func (c *clock) observing() bool { return c.at < c.quiet }
