package health

import "time"

// lost is about a peer that lived, and was silent for long enough.
func (s *State) lost(p *peer) finding {
	hold := s.Hold()
	switch {
	case hold != "":
		p.ask = ask{} // what it came to says more about us
		return finding{verdict: Unknown, reason: hold}
	case p.Policy.Confirm:
		return p.confirm(s.clock.at)
	case p.witnessed() && (p.Policy.Probe == 0 || p.last == silent && s.clock.at-p.missed.at <= p.Policy.recent()):
		return finding{verdict: Dead, reason: Silent}
	default:
		return finding{verdict: Unknown, reason: p.doubt()}
	}
}

// confirm asks a silent peer once more, and again where that came to nothing; it is DEAD only when it gave
// no answer (IWAY-25). Meanwhile nothing changes.
func (p *peer) confirm(at time.Duration) finding {
	waits := p.ask.number != 0 && at-p.ask.at < p.Policy.patience()
	same := finding{verdict: p.verdict, reason: p.reason}
	unknown := finding{verdict: Unknown, reason: p.doubt()}
	switch {
	case p.ask.got == silent && p.witnessed():
		return finding{verdict: Dead, reason: Silent}
	case p.ask.number == 0 || p.ask.got == silent:
		same.ask = true
		return same
	case !waits:
		unknown.ask = true
		return unknown
	case p.ask.got == none:
		return same
	default:
		return unknown
	}
}

// witnessed tells whether enough speaks for a peer's death: two signs where two are to be had, of which
// heartbeats that stopped are one, and so is each probe without an answer.
func (p *peer) witnessed() bool {
	signs, needed := p.failed, 2
	if p.beating() {
		signs++
	}
	if p.Policy.Probe == 0 {
		needed = 1
	}
	return signs >= needed
}

// doubt is why a silent peer is not DEAD.
func (p *peer) doubt() Reason {
	switch {
	case p.last == unproven:
		return Unproven
	case p.last == silent && !p.witnessed():
		return Doubted
	default:
		return Unasked
	}
}
