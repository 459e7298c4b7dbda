package health

import "time"

// doubts are the signals about ourselves.
func (s *State) doubts(doubt bool) []Signal {
	var signals []Signal
	tell := func(kind Kind) { signals = append(signals, Signal{Kind: kind, At: s.clock.last, Cause: s.clock.why}) }
	if doubt {
		s.quiet = true
		tell(Doubts)
	}
	if s.quiet && !s.clock.observing() {
		s.quiet = false
		tell(Trusts)
	}
	look, of := s.looks()
	if frozen := s.freeze.exceeded(look, of); frozen != s.frozen {
		s.frozen = frozen
		kind := Freezes
		if !frozen {
			// Who is still silent has to be asked again, with an open mind.
			kind, s.quiet = Thaws, true
			s.clock.doubt("peers that looked dead together do no longer")
		}
		signals = append(signals, Signal{Kind: kind, At: s.clock.last, Look: look, Of: of, Limit: s.freeze.String()})
	}
	return signals
}

// looks counts the peers that look dead now, of those that should live. Who is DEAD for longer than that
// takes was lost before, and who is CLOSE said so: neither tells anything about our network. The peer with the
// shortest time sets the pace, or it would be DEAD before those with a longer one look it.
func (s *State) looks() (dead, of int) {
	at := s.clock.at
	for _, p := range s.peers {
		switch {
		case !p.lived() || p.verdict == Close || p.verdict == Dead && at-p.since.at >= p.Policy.Dead:
			continue
		case p.verdict == Dead || p.silence(at) >= s.looksDeadAfter(p.Policy) && p.suspected(at):
			dead++
		}
		of++
	}
	return dead, of
}

// looksDeadAfter is how long a peer is silent before it looks dead: no less than two of its heartbeats.
func (s *State) looksDeadAfter(p Policy) time.Duration {
	return min(p.suspect(), max(s.suspect, 2*p.Heartbeat))
}
