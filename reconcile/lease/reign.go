package lease

import (
	"maps"
	"slices"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Reign is the controller's half: what a leader must remember from when it took over until it leads no more. Its
// times are on the controller's clock.
type Reign struct {
	Store  string
	Term   uint64
	Leader string
	From   time.Duration // after the store had said that it leads
	orders map[sent]order
	closed map[schema.Place]uint64 // nobody is renewed any more who was seated at this epoch or below
	first  map[string]Answer       // of each peer's boot
}

// sent is where an order went.
type sent struct {
	place schema.Place
	to    string
}

// order is the last grant or start that this leader gave to a peer for a place, whether or not it arrived.
type order struct {
	boot string        // that a grant is for
	at   time.Duration // when the answer came that a grant was built on; when the confirm of a start was asked for
}

// Orders are what a confirm allows to be sent.
type Orders struct {
	Grants []Granting
	Starts []Starting
	Lapses []Lapse
}

// Lapse is a holder of leases that is not renewed upon a confirm.
type Lapse struct {
	Place  schema.Place
	Holder string
	By     time.Duration // when what it has surely ends, on the controller's clock
}

// Granting is a grant, and to whom. However late it is sent, it does no harm.
type Granting struct {
	To string
	schema.Grant
}

// Starting is for a server without leases: what the place stands for is started there.
type Starting struct {
	To    string
	Place schema.Place
	By    time.Duration // not to be sent later
}

// Order is what a confirm allows: the holders that stand in it go on. The Reign that is returned replaces this
// one before anything is sent.
//
// A grant is built on no answer that came after the confirm was asked for. Between the two somebody else
// may have begun to rule, who waits for the leases that were there at that moment, and for no later ones.
func (r Reign) Order(c Confirm, v View) (Reign, Orders) {
	var o Orders
	if !r.leads(c.Ledger) {
		return r, o
	}
	r = r.meeting(v.Peers)
	for _, place := range places(c.Ledger, v) {
		q := r.about(place, c.Ledger, v)
		switch leased := q.seat.Class == Leased; {
		case leased && q.goesOn() && q.renewable(c):
			o.Grants = append(o.Grants, Granting{q.seat.Holder, q.grant()})
			r = r.noting(sent{place, q.seat.Holder}, order{q.holder.Boot, q.holder.Received})
		case !leased && q.goesOn() && q.startable(c):
			o.Starts = append(o.Starts, Starting{q.seat.Holder, place, q.sendBy(c)})
			r = r.noting(sent{place, q.seat.Holder}, order{at: c.Asked})
		case leased && q.seat.Holder != "":
			o.Lapses = append(o.Lapses, Lapse{place, q.seat.Holder, q.expiry()})
		}
	}
	return r, o
}

// noting returns a Reign that remembers an order.
func (r Reign) noting(where sent, last order) Reign {
	r.orders = maps.Clone(r.orders)
	if r.orders == nil {
		r.orders = map[sent]order{}
	}
	r.orders[where] = last
	return r
}

// goesOn tells whether the place has a holder, who is not to stop.
func (q question) goesOn() bool { return q.seat.Holder != "" && q.seat.Move == nil && !q.closed() }

// closed tells whether this leader has tried to seat another in place of the holder that stands. Whether that came
// to pass may not be known yet, and it was safe only as long as this one is not renewed.
func (q question) closed() bool {
	return q.seat.Holder != "" && q.seat.Epoch <= q.reign.closed[q.place]
}

// leads tells whether a ledger is still the leader's own.
func (r Reign) leads(l Ledger) bool {
	return l.Store == r.Store && l.Term == r.Term && l.Leader == r.Leader
}

// renewable tells whether a lease may be built on the holder's last answer.
func (q question) renewable(c Confirm) bool {
	tenant, _ := q.holder.about(q.place)
	unfit, _ := q.unfit()
	switch {
	case q.holder.Boot == "" || unfit != "":
		return false
	case tenant.State == schema.Stopping || tenant.Epoch > q.seat.Epoch:
		return false // it would refuse
	case c.Lost:
		return q.wish.Hold && tenant.State == schema.Active && tenant.Epoch == q.seat.Epoch && q.ours()
	}
	return q.holder.Received <= c.Asked && q.certain()
}

// ours tells whether what the holder runs on can only be a lease of this leader, made upon a confirm and renewed since.
// Who runs on after those have ended has another from somebody else.
func (q question) ours() bool {
	return q.revocable() && !q.expired()
}

// grant lasts a TTL from the moment at which the holder answered, on the holder's clock.
func (q question) grant() schema.Grant {
	ttl := q.seat.Terms.TTL
	if q.wish.Terms.TTL > 0 {
		ttl = min(ttl, q.wish.Terms.TTL)
	}
	return schema.Grant{
		Store: q.reign.Store, Boot: q.holder.Boot, Place: q.place, Epoch: q.seat.Epoch,
		Until: q.holder.Now + ttl, StopWithin: q.wish.Terms.StopWithin,
	}
}

// startable tells whether the holder, a server without leases, is to be started.
func (q question) startable(c Confirm) bool {
	tenant, said := q.holder.about(q.place)
	return !c.Lost && said && tenant.State == schema.Passive && !q.fenced() && q.view.Now <= q.sendBy(c) && (q.seat.Class == BestEffort || q.alone()) && q.certain()
}

// sendBy leaves a start half of the time that it may be late for its way.
func (q question) sendBy(c Confirm) time.Duration { return c.Asked + q.seat.Terms.Late/2 }

// places are those that the ledger or a wish speaks of, in order.
func places(l Ledger, v View) []schema.Place {
	all := make([]schema.Place, 0, len(l.Places)+len(v.Wishes))
	all = slices.AppendSeq(slices.AppendSeq(all, maps.Keys(l.Places)), maps.Keys(v.Wishes))
	slices.SortFunc(all, schema.Place.Compare)
	return slices.Compact(all)
}
