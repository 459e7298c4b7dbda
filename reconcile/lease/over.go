package lease

import (
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// certain tells whether nobody but the holder that stands can run the place: of leases, once those have ended that
// others made before this leader took over.
func (q question) certain() bool {
	switch {
	case !q.unsure || q.seat.Class == BestEffort:
		return true
	case q.seat.Class == Leased:
		return q.view.Now >= q.settled()
	}
	return q.all(func(serial string) bool { return serial == q.seat.Holder || q.still(serial) })
}

// over tells whether nobody runs the place any more, nor will: another may hold it.
func (q question) over() bool {
	switch q.seat.Class {
	case Leased:
		return q.expired() || q.left()
	case BestEffort:
		return q.wish.Kind == Failover || q.seat.Holder == "" || q.readBack(q.seat.Holder) || q.overdue()
	default:
		return q.certain() && q.alone() && (q.seat.Holder == "" || q.still(q.seat.Holder))
	}
}

// left tells whether a place of leases is known to be nobody's before they have expired.
func (q question) left() bool {
	known := !q.unsure && q.seat.Epoch > 0
	return known && (q.seat.Holder == "" || q.acknowledged())
}

// overdue tells whether a holder had all the time that it has to stop, which is all that best-effort asks for.
func (q question) overdue() bool {
	return q.seat.Move != nil && q.view.Date.Sub(q.seat.Move.Began) > q.seat.Terms.StopWithin
}

// expired tells whether every lease has ended: those that others made before this leader took over, and its own.
func (q question) expired() bool { return q.view.Now >= q.expiry() }

func (q question) expiry() time.Duration { return q.newest(q.seat.Holder) + q.wait() }

// settled is when every lease has ended that others made before this leader took over.
func (q question) settled() time.Duration { return q.reign.From + q.wait() }

// wait is how long a lease can last: as in the ledger, or in the configuration, if the ledger is too old to know.
func (q question) wait() time.Duration { return q.seat.Terms.cover(q.wish.Terms).Wait() }

// newest is when the last lease of a peer can have been made, or its last start decided on.
func (q question) newest(serial string) time.Duration {
	return max(q.reign.From, q.reign.orders[sent{q.place, serial}].at)
}

// late is when the last start of a peer has arrived or never will.
func (q question) late(serial string) time.Duration { return q.newest(serial) + q.seat.Terms.Late }

// acknowledged tells whether the holder has given the place up: it runs nothing of it, and refuses every grant
// there is. Only the boot that was granted it can say so; of another one it is not known here what came before.
func (q question) acknowledged() bool {
	tenant, _ := q.holder.about(q.place)
	last, granted := q.reign.orders[sent{q.place, q.seat.Holder}]
	return granted && last.boot == q.holder.Boot && tenant.State == schema.Passive && tenant.Epoch > q.seat.Epoch
}

// still tells whether a server without leases runs nothing of the place, and will not, whatever becomes of it.
func (q question) still(serial string) bool {
	peer, late := q.view.Peers[serial], q.late(serial)
	stays := peer.Off.Lasts || peer.BootsPassive && peer.Off.Since >= late
	return q.readBack(serial) || peer.Off.By != "" && stays && q.view.Now >= late
}

// fenced tells whether the holder, a server without leases, is kept from its work. Before the fence is lifted it is
// stopped, and then started anew.
func (q question) fenced() bool {
	return q.seat.Class != Leased && q.view.Peers[q.seat.Holder].Off.By != ""
}

// readBack tells whether a server was seen to have stopped after the last start that can have reached it.
func (q question) readBack(serial string) bool {
	answer := q.view.Peers[serial].Answer
	tenant, said := answer.about(q.place)
	return said && tenant.State == schema.Passive && answer.Sent >= q.late(serial)
}

// alone tells whether no peer but the holder says that it runs the place.
func (q question) alone() bool { return q.all(func(serial string) bool { return !q.beside(serial) }) }

// beside tells whether a peer that is not the holder says that it runs the place.
func (q question) beside(serial string) bool {
	tenant, said := q.view.Peers[serial].Answer.about(q.place)
	return serial != q.seat.Holder && said && tenant.State != schema.Passive && q.view.Peers[serial].Off.By == ""
}

// disputed tells whether a peer runs a place that nobody but its holder ever should.
func (q question) disputed() bool {
	single := q.seat.Class != Leased && q.seat.Class != BestEffort
	return single && q.seat.Holder != "" && q.stays() && q.certain() && !q.alone()
}

func (q question) all(so func(serial string) bool) bool {
	for serial := range q.view.Peers {
		if !so(serial) {
			return false
		}
	}
	return true
}
