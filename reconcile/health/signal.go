package health

import (
	"fmt"
	"time"
)

// Kind is what a signal is about. Those that are an event of the vocabulary (schema.Notify, Hook) have its
// name.
type Kind string

// The kinds of signals. Of one peer TurnsLive, TurnsDead and TurnsClose follow on each other as IWAY-38
// allows; that it was UNKNOWN in between changes nothing about that.
const (
	TurnsLive    Kind = "live"
	TurnsDead    Kind = "dead"
	TurnsClose   Kind = "close"
	TurnsUnknown Kind = "unknown"
	Pending      Kind = "pending" // it is silent for so long that failover may follow (CLEO-73)
	Resumed      Kind = "resumed" // it is LIVE as before: nothing came of Pending, or it was UNKNOWN
	Ask          Kind = "ask"     // ask it once more, now; the answer is a Probe with this Ask (IWAY-25)
	Freezes      Kind = "frozen"  // too many look dead: nobody is DEAD from now on
	Thaws        Kind = "thawed"  // no longer too many
	Doubts       Kind = "doubt"   // our loop stood still, or the clock jumped: nobody is DEAD for a while
	Trusts       Kind = "trust"   // the while is over
)

// Signal is what is to be told, or done.
type Signal struct {
	Kind Kind      `json:"kind"`
	At   time.Time `json:"at"`
	View           // the peer as it is now, and why; without a Serial it is about all of them

	Was Verdict `json:"was,omitempty"` // before
	Ask uint64  `json:"ask,omitempty"` // the number of a question

	Look  int    `json:"look,omitempty"`  // so many peers look dead
	Of    int    `json:"of,omitempty"`    // of so many that should live
	Limit string `json:"limit,omitempty"` // more than that is too many
	Cause string `json:"cause,omitempty"` // why we doubt ourselves
}

// String is the signal in one line, for people.
func (s Signal) String() string {
	switch s.Kind {
	case Freezes:
		return fmt.Sprintf("frozen: %d of %d peers look dead at once, and more than %s are probably not: it is rather our own network. Nothing is moved. "+
			"See whether this controller reaches anything; if the peers are dead indeed, raise health.freeze", s.Look, s.Of, s.Limit)
	case Thaws:
		return fmt.Sprintf("thawed: %d of %d peers look dead, no more than %s; nobody is DEAD for the next %s", s.Look, s.Of, s.Limit, observe)
	case Doubts:
		return fmt.Sprintf("%s: nobody is DEAD for the next %s", s.Cause, observe)
	case Trusts:
		return fmt.Sprintf("watching as before, since nothing more happened for %s (%s)", observe, s.Cause)
	case Pending:
		return fmt.Sprintf("%s: failover is pending: silent for %s, DEAD after %s: %s", s.Serial, short(s.Silence), short(s.Dead), s.Evidence)
	case Resumed:
		return fmt.Sprintf("%s: %s as before: %s", s.Serial, s.Verdict, s.Evidence)
	case Ask:
		return fmt.Sprintf("%s: asked once more, before it is DEAD: %s", s.Serial, s.Evidence)
	default:
		return fmt.Sprintf("%s: %s, was %s: %s", s.Serial, s.Verdict, s.Was, s.why())
	}
}

func (s *State) signal(p *peer, kind Kind, was Verdict) Signal {
	signal := Signal{Kind: kind, At: s.clock.last, View: s.view(p), Was: was}
	if kind == Ask {
		signal.Ask = p.ask.number
	}
	return signal
}
