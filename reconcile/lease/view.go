package lease

import (
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// View is what a controller knows beside the ledger. Its times, but for Date, are on the controller's clock.
type View struct {
	Wishes map[schema.Place]Wish // a place of the ledger that is not here is released
	Peers  map[string]Peer       // by serial; also those that are leaving, while they hold a place
	Paused bool                  // no move begins; holders are renewed, and moves under way go on
	Now    time.Duration
	Date   time.Time // UTC, at Now: what is written down for people
}

// Wish is who is to hold a place, and how.
type Wish struct {
	Holder string // a serial; "": nobody
	Kind   Kind   // of the move that brings it there
	Cause  string // why, for people
	Class  Class
	Terms  Terms
	Hold   bool // the holder is still renewed when the store is lost
}

// Peer is what is known of a peer.
type Peer struct {
	Answer       Answer // the last one
	Off          Off
	BootsPassive bool // shown when it was enrolled: after a reboot nothing runs of any place
}

// Answer is what a peer said when it was asked: a node its Tenure; of a server without leases the states of the
// places that were read back, and no others.
type Answer struct {
	schema.Tenure
	Sent     time.Duration // before it was asked
	Received time.Duration // after it had answered; 0: never
}

// about is what an answer says of a place, if it says anything.
func (a Answer) about(place schema.Place) (tenant schema.Tenant, said bool) {
	if a.Received != 0 {
		tenant, said = a.Places[place]
	}
	return tenant, said
}

// Off is why a peer runs nothing, although it does not say so.
type Off struct {
	By    string        // the fence, or the person who attests it; "": it is not off
	Lasts bool          // until it is lifted, whatever is rebooted: a power cycle does not, what a person attests does
	Since time.Duration // after the fence had worked
}
