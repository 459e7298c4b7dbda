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

// unfit says why the holder gets no lease, whatever stands in the ledger, and what to do about it; "": it gets one.
func (q question) unfit() (why, do string) {
	if store := q.holder.Store; store != "" && store != q.reign.Store {
		return fmt.Sprintf("%s takes orders from store %s, and this is store %s", q.seat.Holder, store, q.reign.Store),
			"see that no other controller rules it, then enrol it here"
	}
	if drift := q.drift(); drift != "" {
		return drift + ": it may hold on for longer than it says, and is not renewed",
			"see that the machine is not paused and its clock not emulated, then restart its node's half"
	}
	return "", ""
}

// drift says how the holder's clock cannot have kept to its rate, however long its answers were on their way; "": it
// may have. A node whose clock is slow holds a place longer than the leader waits. One that is fast only stops early,
// as all of them seem to be after the leader has slept.
func (q question) drift() string {
	first, last, t := q.reign.first[q.seat.Holder], q.holder, q.seat.Terms
	shown, passed := last.Now-first.Now, last.Sent-first.Received
	if first.Received == 0 || first.Boot != last.Boot || float64(shown+t.Guard)*(1+t.Rho) >= float64(passed)*(1-t.Rho) {
		return ""
	}
	return fmt.Sprintf("the clock of %s went on by %v while %v passed here, and rho is %v", q.seat.Holder, shown, passed, t.Rho)
}
