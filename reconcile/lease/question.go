package lease

import "github.com/gitops-reconciler/reconciler/schema"

// question is what there is to decide about one place, and all that is known for it.
type question struct {
	reign  Reign
	view   View
	place  schema.Place
	stood  Seating // as it stands in the ledger
	seat   Seating // the same; where nothing stands, as nobody's on the terms of the wish
	wish   Wish
	holder Answer // of the seat's holder
	// What stands need not be true: the ledger was restored, or a peer other than the holder has seen a higher
	// epoch than it has.
	unsure bool
}

func (r Reign) about(place schema.Place, l Ledger, v View) question {
	seat, seated := l.Places[place]
	q := question{reign: r, view: v, place: place, stood: seat, seat: seat, holder: v.Peers[seat.Holder].Answer}
	wish, wished := v.Wishes[place]
	if !wished {
		wish = Wish{Kind: Release, Cause: "there is no such place any more", Class: seat.Class, Terms: seat.Terms}
	}
	if !seated {
		q.seat.Class, q.seat.Terms = wish.Class, wish.Terms
	}
	q.wish = wish
	q.unsure = l.Restored || q.seen(seat.Holder) > seat.Epoch
	return q
}

// seen is the highest epoch that any peer but one says it has seen.
func (q question) seen(but string) uint64 {
	var highest uint64
	for serial, peer := range q.view.Peers {
		if serial != but {
			tenant, _ := peer.Answer.about(q.place)
			highest = max(highest, tenant.Epoch)
		}
	}
	return highest
}

// above is an epoch that nobody has seen yet.
func (q question) above() uint64 { return max(q.seat.Epoch, q.seen("")) + 1 }
