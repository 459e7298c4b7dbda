package lease

import (
	"fmt"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// early says what a planned move waits for before it begins; false: for nothing. Until whom it goes to could follow
// as soon as the holder has stopped the holder goes on: stopped earlier, it would only leave the place empty.
func (q question) early() (Wait, bool) {
	planned := q.wish.Kind != Failover && q.wish.Holder != ""
	if !planned || q.seat.Holder == "" || q.seat.Move != nil {
		return Wait{}, false
	}
	shared := q.seat.Class != Leased && q.seat.Class != BestEffort && !q.alone()
	if !q.certain() || shared {
		return q.pending(), true
	}
	why, until := q.unready()
	w := Wait{Place: q.place, Holder: q.seat.Holder, Until: until}
	w.Why = fmt.Sprintf("the move to %s begins when it can follow at once: %s", q.wish.Holder, why)
	return w, why != ""
}

// unready is why nobody could follow at once, and until when that is so at least, as in a Wait; "": somebody could.
func (q question) unready() (why string, until time.Duration) {
	late := q.late(q.seat.Holder)
	switch {
	case q.wish.Class == Leased && !q.takes():
		return q.wish.Holder + " has not said yet that it can take a lease", 0
	case q.seat.Class == Leased && !q.revocable():
		return q.seat.Holder + " has its lease from the controller before, and can only give up one from this", q.expiry()
	case q.seat.Class != Leased && q.view.Now < late:
		return "a start that was decided on earlier may still arrive", late
	}
	return "", 0
}

// revocable tells whether a holder of leases is one that this leader can have acknowledge its end.
func (q question) revocable() bool {
	last, granted := q.reign.orders[sent{q.place, q.seat.Holder}]
	return granted && last.boot == q.holder.Boot
}

// takes tells whether the node that is wished for would take a lease, for all that it says.
func (q question) takes() bool {
	answer := q.view.Peers[q.wish.Holder].Answer
	tenant, _ := answer.about(q.place)
	return answer.Received != 0 && answer.Boot != "" && tenant.State != schema.Stopping && (answer.Store == "" || answer.Store == q.reign.Store)
}
