package lease

import "time"

// Seating is what the store holds of a place. It is changed under compare-and-swap only.
type Seating struct {
	Holder string    `json:"holder,omitempty"` // a serial; "": nobody
	Epoch  uint64    `json:"epoch"`            // of this assignment; it only ever rises
	Since  time.Time `json:"since"`            // UTC
	Cause  string    `json:"cause"`            // why, for people
	Kind   Kind      `json:"kind,omitempty"`   // of the move that it came by
	From   string    `json:"from,omitempty"`   // who held it before; "": nobody
	Move   *Move     `json:"move,omitempty"`   // under way; nil: none
}

// Move is one that has begun and not ended: whoever comes next goes on with it.
type Move struct {
	To    string    `json:"to,omitempty"` // a serial; "": to nobody
	Kind  Kind      `json:"kind"`
	Began time.Time `json:"began"` // UTC
	Cause string    `json:"cause"` // why, for people
}

// Kind is the kind of a move.
type Kind string

// The kinds of moves.
const (
	First      Kind = "first"      // nobody held it before
	Failover   Kind = "failover"   // its holder is dead
	Failback   Kind = "failback"   // its better holder is back
	Switchover Kind = "switchover" // somebody asked for it
	Release    Kind = "release"    // it has a holder too many
)
