// Package health reaches verdicts on peers.
package health

// Verdict is what a peer's health comes to.
type Verdict string

// The verdicts. Only Dead and Close make a peer lose its roles.
const (
	Live    Verdict = "LIVE"
	Dead    Verdict = "DEAD"
	Close   Verdict = "CLOSE"   // it said that it stops, and did
	Unknown Verdict = "UNKNOWN" // nothing is known, or what is known does not agree
)
