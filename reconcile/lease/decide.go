package lease

import (
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Decision is what a leader does about places whose holder is not as it should be. It is safe to do all of it, a
// part, or nothing: the next round decides anew.
type Decision struct {
	Swaps   []Swap
	Revokes []Revoking
	Stops   []Stopping
	Waits   []Wait
	Lift    []string // serials: their fence has nothing left to keep off, what was attested of them is outdated
	Settled bool     // the ledger need not count as restored any longer
}

// Revoking is a revoke, and from whom.
type Revoking struct {
	From string
	schema.Revoke
}

// Stopping is for a server without leases: what the place stands for is stopped there.
type Stopping struct {
	Who   string
	Place schema.Place
}

// Decide says what is to be done so that every place has the holder that is wished for. On an old ledger its
// decisions come to nothing, and do no harm. The Reign that is returned replaces this one before any of it is done.
func (r Reign) Decide(l Ledger, v View) (Reign, Decision) {
	var d Decision
	if !r.leads(l) {
		return r, d
	}
	d.Settled = l.Restored
	for _, place := range places(l, v) {
		q := r.about(place, l, v)
		d.strays(q)
		switch {
		case q.stays():
			d.keep(q)
		case q.over():
			d.swap(q, q.seated())
			r = r.closing(place, q.seat.Epoch)
		case q.seat.Move == nil || q.seat.Move.To != q.wish.Holder:
			d.begin(q)
		default:
			d.clear(q)
		}
		d.Settled = d.Settled && q.certain() && q.seen("") <= q.seat.Epoch
	}
	d.Lift = r.lift(l, v)
	return r, d
}

// closing returns a Reign that renews nobody who was seated at an epoch.
func (r Reign) closing(place schema.Place, epoch uint64) Reign {
	r.closed = maps.Clone(r.closed)
	if r.closed == nil {
		r.closed = map[schema.Place]uint64{}
	}
	r.closed[place] = max(r.closed[place], epoch) // the ledger may be older than the last one
	return r
}

// stays tells whether the holder is to go on.
func (q question) stays() bool {
	wished := q.seat.Holder == q.wish.Holder && q.seat.Class == q.wish.Class
	return wished || q.view.Paused && q.seat.Move == nil
}

// keep has the holder go on. Its epoch rises where the one that stands would be refused, as after a planned move
// that came to nothing, and terms that are longer are written down before a lease is made on them.
func (d *Decision) keep(q question) {
	terms := q.seat.Terms.cover(q.wish.Terms)
	unfit, _ := q.unfit()
	refused := q.closed() || q.seat.Class == Leased && q.seen("") > q.seat.Epoch
	switch {
	case q.seat.Holder == "" && q.seat.Move == nil:
	case !q.certain(), q.seat.Class == Leased && unfit != "":
		d.Waits = append(d.Waits, q.pending())
	case q.fenced():
		d.clear(q)
	case q.seat.Move != nil || refused || terms != q.seat.Terms:
		next := q.seat
		next.Epoch, next.Move, next.Terms = q.above(), nil, terms
		d.swap(q, next)
	}
}

// seated is the place with its new holder, on terms that need not think of older leases: there are none.
func (q question) seated() Seating {
	return Seating{
		Holder: q.wish.Holder, Epoch: q.above(), Since: q.view.Date, Cause: q.wish.Cause,
		Kind: q.wish.Kind, From: q.seat.Holder, Class: q.wish.Class, Terms: q.wish.Terms,
	}
}

// begin has a move begin, unless it is too early for that.
func (d *Decision) begin(q question) {
	if wait, early := q.early(); early {
		d.Waits = append(d.Waits, wait)
		return
	}
	d.swap(q, q.moving())
}

// moving is the place with its old holder, who is renewed no longer.
func (q question) moving() Seating {
	next := q.seat
	next.Move = &Move{To: q.wish.Holder, Kind: q.wish.Kind, Began: q.view.Date, Cause: q.wish.Cause}
	return next
}

// clear has the old holder stop.
func (d *Decision) clear(q question) {
	d.Waits = append(d.Waits, q.pending())
	tenant, _ := q.holder.about(q.place)
	switch {
	case q.seat.Holder == "":
	case q.seat.Class != Leased:
		d.Stops = append(d.Stops, Stopping{q.seat.Holder, q.place})
	case tenant.State == schema.Active || tenant.Epoch <= q.seat.Epoch:
		d.revoke(q, q.seat.Holder, max(q.seat.Epoch, tenant.Epoch)+1)
	}
}

// strays stops those who run a place that is another's, and tells of them where there should never be any.
func (d *Decision) strays(q question) {
	var strays []string
	for serial, peer := range q.view.Peers {
		if tenant, _ := peer.Answer.about(q.place); serial != q.seat.Holder && tenant.State == schema.Active {
			strays = append(strays, serial)
		}
	}
	slices.Sort(strays)
	if q.disputed() {
		d.Waits = append(d.Waits, q.pending())
	}
	for _, serial := range strays {
		if q.seat.Class != Leased {
			d.Stops = append(d.Stops, Stopping{serial, q.place})
		} else if q.certain() {
			d.revoke(q, serial, max(q.seat.Epoch, q.view.Peers[serial].Answer.Places[q.place].Epoch+1))
		}
	}
}

func (d *Decision) swap(q question, next Seating) {
	overlap := q.seat.Class == BestEffort && next.Holder != q.seat.Holder && q.seat.Holder != "" && !q.readBack(q.seat.Holder)
	d.Swaps = append(d.Swaps, Swap{q.reign.Term, q.reign.Leader, q.place, q.stood, next, overlap})
}

func (d *Decision) revoke(q question, from string, epoch uint64) {
	d.Revokes = append(d.Revokes, Revoking{from, schema.Revoke{Store: q.reign.Store, Place: q.place, Epoch: epoch}})
}

// lift are the peers that are off and were read back since: nothing runs there, so nothing changes without the fence.
// That a place is a peer's own is no reason to lift its fence, since somebody may be moving away from it just now.
func (r Reign) lift(l Ledger, v View) []string {
	var lift []string
	for _, serial := range slices.Sorted(maps.Keys(v.Peers)) {
		if peer := v.Peers[serial]; peer.Off.By != "" && peer.Answer.Sent >= peer.Off.Since && r.clean(serial, l, v) {
			lift = append(lift, serial)
		}
	}
	return lift
}

// clean tells whether a peer was read back to have stopped every place that has no leases.
func (r Reign) clean(serial string, l Ledger, v View) bool {
	for _, place := range places(l, v) {
		if q := r.about(place, l, v); q.seat.Class != Leased && !q.readBack(serial) {
			return false
		}
	}
	return true
}
