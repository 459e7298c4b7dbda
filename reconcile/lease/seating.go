package lease

import (
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Seating is what the store holds of a place. It is changed under compare-and-swap only.
type Seating struct {
	Holder string    `json:"holder,omitempty"` // a serial; "": nobody
	Epoch  uint64    `json:"epoch"`            // of this assignment; it only ever rises
	Since  time.Time `json:"since"`            // UTC
	Cause  string    `json:"cause"`            // why, for people
	Kind   Kind      `json:"kind,omitempty"`   // of the move that it came by
	From   string    `json:"from,omitempty"`   // who held it before; "": nobody
	Class  Class     `json:"class,omitempty"`  // what the holder was seated as: how it is known to have stopped
	Terms  Terms     `json:"terms"`            // at least those of every lease that may still run
	Move   *Move     `json:"move,omitempty"`   // under way; nil: none
}

// Equal tells whether two seatings are the same: what a swap compares.
func (s Seating) Equal(t Seating) bool {
	moves := s.Move == t.Move || s.Move != nil && t.Move != nil && s.Move.equal(*t.Move)
	return moves && s.Holder == t.Holder && s.Epoch == t.Epoch && s.Since.Equal(t.Since) &&
		s.Cause == t.Cause && s.Kind == t.Kind && s.From == t.From && s.Class == t.Class && s.Terms == t.Terms
}

// Move is one that has begun and not ended: whoever comes next goes on with it.
type Move struct {
	To    string    `json:"to,omitempty"` // a serial; "": to nobody
	Kind  Kind      `json:"kind"`
	Began time.Time `json:"began"` // UTC
	Cause string    `json:"cause"` // why, for people
}

func (m Move) equal(n Move) bool {
	return m.To == n.To && m.Kind == n.Kind && m.Began.Equal(n.Began) && m.Cause == n.Cause
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

// Ledger is what the store holds of all places, read at one moment.
type Ledger struct {
	Store    string // its id, which a copy does not share
	Term     uint64 // of the leadership in force
	Leader   string // who leads in it: a name that no other start of a controller has
	Restored bool   // from a backup, and no leader has settled it since: see Decision.Settled
	Places   map[schema.Place]Seating
}

// Confirm is a ledger that was read linearizably, so that what stands in it stood at Asked or later.
type Confirm struct {
	Ledger
	Asked time.Duration // on the controller's clock, before the read began
	// The store is lost, and this is the last confirm there was. Only roles that hold are renewed; that
	// there is one holder then depends on this controller being the only one.
	Lost bool
}

// Swap is one change of the ledger: to be made if the term is still Term and Leader's, and what stands there is
// still Old (the zero Seating where there is none), and not otherwise.
type Swap struct {
	Term     uint64
	Leader   string
	Place    schema.Place
	Old, New Seating
	Overlap  bool // best-effort: the old holder was not seen to have stopped, and may run beside the new one
}
