package health

import "github.com/gitops-reconciler/reconciler/schema"

// Event is what came to be known of a peer: a Probe or a Beat.
type Event interface {
	peer() string
	rank() int // those of a lower rank happen first in a step
	happen(p *peer, now moment)
}

// Probe is what came of asking a peer how it is.
type Probe struct {
	Serial string
	// Err is nil for a good answer. A *schema.Failure tells what came instead: Unreachable and Garbled are
	// silence; Untrusted is another's word, so nothing; with any other cause the peer itself refuses (401,
	// 429, busy), and lives. An error without a cause means that it could not be asked, which is ours.
	Err  error
	Deep bool   // it was the dearer check: if that fails, the peer is unwell, not dead
	Boot string // another after every start of the peer; "": it does not say
	Ask  uint64 // the number of the Ask that this is the answer to; 0: nobody asked for it
}

// Beat is a heartbeat: what a peer says by itself.
type Beat struct {
	Serial   string
	Boot     string // another after every start of the peer; "": Sequence is not looked at
	Sequence uint64 // rises with every beat of a Boot; one that does not comes late, and is not heard
	Closing  bool   // its last word: it has stopped what it ran, and ends
	// Components are its parts by name, and what is wrong with each; "": nothing. They make it unwell, not
	// dead. nil: it does not say, which leaves what it said before.
	Components map[string]string
}

// outcome is what a probe says about the peer.
type outcome int

const (
	none     outcome = iota // there was no probe
	answered                // it lives
	silent                  // no answer that can be believed
	unproven                // an answer, but not of the peer
	unasked                 // nothing
)

func outcomeOf(err error) outcome {
	if err == nil {
		return answered
	}
	switch schema.CauseOf(err) {
	case "":
		return unasked
	case schema.Untrusted:
		return unproven
	case schema.Unreachable, schema.Garbled:
		return silent
	default:
		return answered
	}
}

func (e Probe) peer() string { return e.Serial }

func (e Probe) rank() int {
	if outcomeOf(e.Err) == answered {
		return 1
	}
	return 0
}

func (e Probe) happen(p *peer, now moment) {
	got := outcomeOf(e.Err)
	if e.Deep {
		p.unwell = e.Err
	} else {
		p.last, p.err = got, e.Err
	}
	if e.Ask != 0 && e.Ask == p.ask.number {
		p.ask.got = got
	}
	switch {
	case got == answered:
		p.meet(e.Boot)
		p.answer(now, e.Boot)
	case got == silent && !e.Deep:
		p.miss(now)
	}
}

func (e Beat) peer() string { return e.Serial }

func (e Beat) rank() int {
	if e.Closing {
		return 3
	}
	return 2
}

func (e Beat) happen(p *peer, now moment) {
	current := p.meet(e.Boot)
	if e.Closing {
		p.closing = current
		return
	}
	if !current || e.Boot != "" && e.Sequence <= p.sequence {
		return
	}
	p.sequence = e.Sequence
	if e.Components != nil {
		p.components = e.Components
	}
	p.hear(now, e.Boot)
}
