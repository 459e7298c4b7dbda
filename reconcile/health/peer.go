package health

import "time"

// peer is what is known of one peer, and what was made of it.
type peer struct {
	Peer

	verdict Verdict
	reason  Reason
	since   moment  // that the verdict holds
	settled Verdict // the last of LIVE, DEAD and CLOSE; "": it was never LIVE (IWAY-33)

	began    moment // to watch it
	answered moment // the last answer to a probe
	beat     moment // the last heartbeat
	missed   moment // the last probe without an answer
	failed   int    // probes without an answer since the last that had one
	last     outcome
	err      error // of the last probe
	ask      ask
	pending  bool // it was told that failover is pending

	boot, former string // its start, and the one before
	sequence     uint64 // of the last heartbeat of that start
	closing      bool   // it said just now that it stops
	closed       closed

	run        run
	components map[string]string
	unwell     error // what the dearer check came to
}

// ask is the last question before DEAD.
type ask struct {
	number uint64 // 0: none
	at     time.Duration
	got    outcome
}

// closed is how a peer said that it stops.
type closed struct {
	at      time.Duration
	boot    string
	stopped bool // it was seen to have stopped
}

// start begins the watch. That the peer was DEAD before is old.
func (p *peer) start(now moment) {
	p.since, p.began, p.closed.at = now, now, now.at
	if p.verdict == Dead {
		p.since.at -= p.Policy.Dead
	}
}

// answer is told that the peer answered a probe.
func (p *peer) answer(now moment, boot string) {
	p.answered, p.failed, p.ask = now, 0, ask{}
	if p.again(now.at, boot) {
		p.run.good(now.at)
	}
}

// miss is told that it did not.
func (p *peer) miss(now moment) {
	p.missed = now
	p.failed++
	p.run.bad()
	p.closed.stopped = true
}

// hear is told of a heartbeat. Where probes tell anything, it is a sign of life, but not that the peer is LIVE
// again: that takes answers.
func (p *peer) hear(now moment, boot string) {
	if now.at-p.beat.at >= 2*p.Policy.Heartbeat || p.restarted(boot) {
		p.closed.stopped = true // also for probes, whose answers need not say which start gives them
	}
	p.beat, p.ask = now, ask{}
	asks := p.Policy.Probe > 0 && p.last != none && p.last != unasked
	if !asks && p.again(now.at, boot) {
		p.run.good(now.at)
	}
}

// meet is told which start of the peer speaks. It tells whether that is the one that runs now, as far as is
// known: what an earlier one said may arrive late.
func (p *peer) meet(boot string) (current bool) {
	switch boot {
	case "", p.boot:
		return true
	case p.former:
		return false
	}
	p.former, p.boot, p.sequence = p.boot, boot, 0
	return true
}

// again tells whether a sign of life may mean that a peer is back that said that it stops. Until it has
// stopped it may go on answering; but if it still does when it would have been DEAD, it did not stop.
func (p *peer) again(at time.Duration, boot string) bool {
	return p.verdict != Close || p.restarted(boot) || p.closed.stopped || at-p.closed.at >= p.Policy.Dead
}

// restarted tells whether another start speaks than the one that said that it stops.
func (p *peer) restarted(boot string) bool {
	return boot != "" && p.closed.boot != "" && boot != p.closed.boot
}

// sign is the last sign of life; if there was none, when the watch began.
func (p *peer) sign() moment {
	last := p.began
	for _, m := range []moment{p.answered, p.beat} {
		if !m.never() && m.at >= last.at {
			last = m
		}
	}
	return last
}

func (p *peer) silence(at time.Duration) time.Duration { return at - p.sign().at }

// heard tells whether there was any sign of life.
func (p *peer) heard() bool { return !p.answered.never() || !p.beat.never() }

// lived tells whether silence means something: of a peer that never lived it does not (IWAY-33).
func (p *peer) lived() bool { return p.settled != "" }

// beating tells whether heartbeats that stop are a sign of death. Where they are the only signal they are; else
// not if they never came, nor if the peer answered when they had stopped already.
func (p *peer) beating() bool {
	if p.Policy.Probe == 0 || p.Policy.Heartbeat == 0 {
		return p.Policy.Heartbeat > 0
	}
	return !p.beat.never() && p.answered.at-p.beat.at < p.Policy.suspect()
}

// suspected tells whether the silence is more than the time between two signs of life.
func (p *peer) suspected(at time.Duration) bool {
	return p.failed > 0 || p.beating() && p.silence(at) >= 2*p.Policy.Heartbeat
}
