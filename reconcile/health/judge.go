package health

import "time"

// finding is what a peer's health comes to now.
type finding struct {
	verdict Verdict
	reason  Reason
	ask     bool // it is to be asked once more
}

// judge reaches a verdict on a peer, and appends what is to be told of it.
func (s *State) judge(p *peer, signals []Signal) []Signal {
	f := s.find(p)
	p.closing = false
	if f.ask {
		s.asks++
		p.ask = ask{number: s.asks, at: s.clock.at}
	}
	was := p.verdict
	p.reason = f.reason
	if f.verdict != was {
		kind := p.turn(f.verdict, s.clock.now())
		signals = append(signals, s.signal(p, kind, was))
	}
	if kind, told := p.late(s.clock.at, was); told {
		signals = append(signals, s.signal(p, kind, was))
	}
	if f.ask {
		signals = append(signals, s.signal(p, Ask, was))
	}
	return signals
}

// find is the table of states: what may follow on what, and why (IWAY-38). UNKNOWN lies beside the others: it
// is come to from LIVE, and left for any.
func (s *State) find(p *peer) finding {
	at := s.clock.at
	silent := p.silence(at) >= p.Policy.Dead
	switch {
	case p.verdict == Dead || p.verdict == Close:
		return p.back(at, silent)
	case p.closing && p.lived():
		return finding{verdict: Close, reason: Said}
	case silent && p.lived():
		return s.lost(p)
	case silent || !p.heard():
		return finding{verdict: Unknown, reason: Unheard}
	case p.unreached(at):
		return p.halfSilent(at)
	default:
		return finding{verdict: Live, reason: p.lives()}
	}
}

// halfSilent is about a peer whose heartbeats come, and which answers no probe. If they are late, they may
// have stopped too, and nothing changes until that is known.
func (p *peer) halfSilent(at time.Duration) finding {
	if p.silence(at) >= p.Policy.suspect() {
		return finding{verdict: p.verdict, reason: p.reason}
	}
	return finding{verdict: Unknown, reason: Unreached}
}

// back tells whether a peer that was DEAD or CLOSE is LIVE again. It becomes nothing else: not DEAD once it
// said that it stops (IWAY-35).
func (p *peer) back(at time.Duration, silent bool) finding {
	if silent {
		p.run.bad()
	}
	if p.run.enough(at, p.Policy, p.verdict) {
		return finding{verdict: Live, reason: p.lives()}
	}
	return finding{verdict: p.verdict, reason: p.reason}
}

// lives is why a peer that is LIVE is.
func (p *peer) lives() Reason {
	if p.answered.never() || p.beat.at > p.answered.at && p.failed > 0 {
		return Beats
	}
	return Answers
}

// unreached tells whether a peer says that it lives, and answers no probe. We cannot tell then whether it
// does its work, nor take that away from it.
func (p *peer) unreached(at time.Duration) bool {
	last := p.began.at
	if !p.answered.never() {
		last = p.answered.at
	}
	return p.failed >= 2 && at-last >= p.Policy.Dead
}

// turn gives a peer another verdict.
func (p *peer) turn(to Verdict, now moment) Kind {
	back := to == Live && p.settled == Live
	p.verdict, p.since = to, now
	if to == Unknown {
		return TurnsUnknown
	}
	p.settled = to
	switch {
	case back:
		return Resumed
	case to == Live:
		p.run.live(now.at)
		return TurnsLive
	case to == Dead:
		p.run.die(now.at, p.Policy.Dead)
		return TurnsDead
	default:
		p.run.bad()
		p.closed = closed{at: now.at, boot: p.boot}
		return TurnsClose
	}
}

// late tells whether it is to be told that failover is pending, or no longer.
func (p *peer) late(at time.Duration, was Verdict) (Kind, bool) {
	open := p.verdict == Live || p.verdict == Unknown
	late := open && p.lived() && p.silence(at) >= p.Policy.warn() && p.suspected(at)
	if late == p.pending {
		return "", false
	}
	p.pending = late
	if late {
		return Pending, true
	}
	return Resumed, p.verdict == Live && was == Live // from UNKNOWN it was told already
}
