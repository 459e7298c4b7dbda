package lease

import (
	"fmt"
	"math"
	"time"
)

// Class is what a role asks of a move.
type Class string

// The classes. What they promise, and on which assumptions, is in docs/failover.md. Any other counts as Confirmed.
const (
	Leased     Class = "leased"      // at most one holder: a node stops by itself when its lease ends
	Confirmed  Class = "confirmed"   // at most one: nobody follows before the old holder is known to have stopped
	BestEffort Class = "best-effort" // moves on time-out, and may have two for a while
)

// Terms are what a place is held on. All controllers of a store must have the same Guard, Rho and Late.
type Terms struct {
	TTL        time.Duration `json:"ttl"`        // of a lease, from the moment the node answered; in JSON nanoseconds, as below
	StopWithin time.Duration `json:"stopWithin"` // what a gentle stop takes; it is over when the lease ends
	Guard      time.Duration `json:"guard"`      // what forcing a stop takes, and a timer may be late
	Rho        float64       `json:"rho"`        // how far a clock's rate may be from 1: 0.01 is 1%
	Late       time.Duration `json:"late"`       // a request to a server without leases takes effect so long after it was decided on, or never
}

// Wait is how long after a lease was made it has surely ended, on the controller's clock: the node's may go
// slow by Rho while the controller's goes fast.
func (t Terms) Wait() time.Duration {
	return time.Duration(math.Ceil(float64(t.TTL)*(1+t.Rho)/(1-t.Rho))) + t.Guard
}

// Check says what is wrong with terms whose leases are renewed once a round. A lease outlives one round that
// is lost, and what is left then is enough to stop in.
func (t Terms) Check(round time.Duration) error {
	switch least := t.StopWithin + 2*round; {
	case t.Rho < 0 || t.Rho >= 0.5 || math.IsNaN(t.Rho):
		return fmt.Errorf("rho %v: want a share from 0 to 0.5, such as 0.01", t.Rho)
	case t.StopWithin < 0 || t.Guard < 0 || t.Late < 0 || round <= 0:
		return fmt.Errorf("stopWithin %v, guard %v, late %v, round %v: none may be below 0, and a round takes time", t.StopWithin, t.Guard, t.Late, round)
	case t.TTL <= least:
		return fmt.Errorf("lease %v is too short: stopping takes up to %v, and of renewals every %v one may be lost; make it longer than %v, or probe more often", t.TTL, t.StopWithin, round, least)
	case t.TTL > Longest:
		return fmt.Errorf("lease %v is too long: nodes take none over %v", t.TTL, Longest)
	}
	return nil
}

// cover returns terms under which what was granted on either still ends in time.
func (t Terms) cover(u Terms) Terms {
	return Terms{max(t.TTL, u.TTL), u.StopWithin, max(t.Guard, u.Guard), max(t.Rho, u.Rho), max(t.Late, u.Late)}
}
