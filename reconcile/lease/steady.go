package lease

import (
	"fmt"
	"maps"
)

// meeting returns a Reign that remembers the first answer of every boot: what its clock is measured by.
func (r Reign) meeting(peers map[string]Peer) Reign {
	met := r.first
	for serial, peer := range peers {
		if known, ok := met[serial]; peer.Answer.Received == 0 || ok && known.Boot == peer.Answer.Boot {
			continue
		}
		r.first = maps.Clone(r.first)
		if r.first == nil {
			r.first = map[string]Answer{}
		}
		r.first[serial] = peer.Answer
	}
	return r
}

// drift says how the holder's clock did not keep to its rate, however long its answers were on their way; "": it
// may have. A node whose clock is slow holds a place longer than the leader waits, so it gets no lease.
func (q question) drift() string {
	first, last, t := q.reign.first[q.seat.Holder], q.holder, q.seat.Terms
	least, most := last.Sent-first.Received, last.Received-first.Sent
	if first.Received == 0 || first.Boot != last.Boot || least <= 0 {
		return ""
	}
	shown, apart := last.Now-first.Now, (1+t.Rho)/(1-t.Rho)
	if float64(shown+t.Guard)*apart >= float64(least) && float64(shown-t.Guard) <= float64(most)*apart {
		return ""
	}
	return fmt.Sprintf("the clock of %s went on by %v while between %v and %v passed here, and rho is %v", q.seat.Holder, shown, least, most, t.Rho)
}
