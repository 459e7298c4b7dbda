package health

import "time"

// worst is after how many deaths in short order the time that a peer is held back grows no more.
const worst = 5

// calm is how many times Dead a peer lives until one of its deaths is forgotten.
const calm = 10

// run is a peer's unbroken run of good signs, and how often it died of late. A peer that flaps is held back
// longer each time: after its first death not at all, then until it was good for Dead, for three times Dead,
// for seven, for fifteen. For every ten times Dead that it lives one death is forgotten.
type run struct {
	n      int
	since  time.Duration // of the first of them
	last   time.Duration // of the last one
	deaths int
	lived  time.Duration // LIVE since
}

// good is told of a good sign; what comes at one time is one.
func (r *run) good(at time.Duration) {
	switch {
	case r.n == 0:
		r.since = at
	case r.last == at:
		return
	}
	r.n++
	r.last = at
}

func (r *run) bad() { r.n = 0 }

// live is told that the peer is LIVE.
func (r *run) live(at time.Duration) { r.lived = at }

// die is told that it is DEAD.
func (r *run) die(at time.Duration, dead time.Duration) {
	forgotten := int((at - r.lived) / (calm * dead))
	r.n, r.deaths = 0, min(max(r.deaths-forgotten, 0)+1, worst)
}

// hold is how long the run must have lasted before the peer is LIVE again.
func (r *run) hold(dead time.Duration) time.Duration {
	return dead * (1<<max(r.deaths-1, 0) - 1)
}

// enough tells whether the peer is LIVE again, which was DEAD or CLOSE. Who said that it stops does not flap.
func (r *run) enough(at time.Duration, p Policy, was Verdict) bool {
	return r.n >= max(p.Rise, 1) && (was == Close || at-r.since >= r.hold(p.Dead))
}
