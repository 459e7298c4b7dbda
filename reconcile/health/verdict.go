// Package health reaches verdicts on peers: from answers to probes, from heartbeats, and from what a peer
// says when it stops, it tells which peers live, and which of them lose their roles.
//
// A verdict of DEAD moves work to another peer while the first may still do it, so it is the one that must
// not be wrong. Whatever can be doubted is UNKNOWN instead, and nothing is moved: where only one of two
// signals fell silent, where nobody could be asked, where another than the peer answers, where so much fell
// silent at once that it is probably our own network, and for a while after we ourselves stood still.
//
// The package is pure. It asks nobody and reads no clock: State.Step is given what was heard and the time,
// and returns what is to be told and who is to be asked once more. reconcile/probe asks and listens.
package health

// Verdict is what a peer's health comes to.
type Verdict string

// The verdicts. Only Dead and Close make a peer lose its roles.
const (
	Live    Verdict = "LIVE"
	Dead    Verdict = "DEAD"
	Close   Verdict = "CLOSE"   // it said that it stops
	Unknown Verdict = "UNKNOWN" // nothing is known, or what is known does not agree
)

// Reason is why a verdict is what it is.
type Reason string

// The reasons, in the order of their verdicts.
const (
	Answers   Reason = "answers"   // LIVE: it answers probes
	Beats     Reason = "beats"     // LIVE: its heartbeats come
	Silent    Reason = "silent"    // DEAD: every signal that there is fell silent
	Said      Reason = "said"      // CLOSE: it said so
	Unheard   Reason = "unheard"   // UNKNOWN: no sign of life since the watch began, nor known before
	Unreached Reason = "unreached" // UNKNOWN: its heartbeats come, and it answers no probe
	Unproven  Reason = "unproven"  // UNKNOWN: what answers does not prove that it is the peer
	Unasked   Reason = "unasked"   // UNKNOWN: it is silent, and could not be asked
	Doubted   Reason = "doubted"   // UNKNOWN: it is silent, but so is one signal alone, or one probe
	Frozen    Reason = "frozen"    // UNKNOWN: it is silent, like so many that it is probably us
	Observing Reason = "observing" // UNKNOWN: it is silent, and we ourselves stood still just now
)
