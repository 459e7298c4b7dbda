package lease

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Wait is a place that cannot be moved yet.
type Wait struct {
	Place  schema.Place
	Holder string        // who stands there; "": nobody
	Why    string        // for people
	Until  time.Duration // on the controller's clock, to look again then; 0: at the next answer
	Do     string        // what a person has to do: the place is BLOCKED; "": it only takes time
	Unseen []string      // serials: where it may run, for all that is known
}

// Next is when the first of those that wait for a time may have waited enough; false: none does.
func (d Decision) Next() (time.Duration, bool) {
	var next time.Duration
	for _, w := range d.Waits {
		if w.Until > 0 && (next == 0 || w.Until < next) {
			next = w.Until
		}
	}
	return next, next > 0
}

// pending says for what a place waits.
func (q question) pending() Wait {
	w := Wait{Place: q.place, Holder: q.seat.Holder, Why: "whoever runs it is being stopped"}
	switch q.seat.Class {
	case Leased:
		w.leased(q)
	case BestEffort:
	default:
		w.confirmed(q)
	}
	return w
}

func (w *Wait) leased(q question) {
	switch {
	case q.unsure:
		w.Until = q.settled()
		w.Why = "the store was restored, or is older than what peers have seen: nobody is renewed before every lease has ended"
	case q.stays():
		w.Why, w.Do = q.unfit()
	default:
		w.Until = q.expiry()
		w.Why = fmt.Sprintf("%s has not acknowledged that it stopped, and may have a lease until then", q.seat.Holder)
	}
}

func (w *Wait) confirmed(q question) {
	late, planned := q.late(q.seat.Holder), q.wish.Kind != Failover && !q.unsure
	switch unseen := q.unseen(); {
	case q.fenced() && q.stays():
		w.Why = fmt.Sprintf("%s is kept from its work by %s, until it was read back to have stopped", q.seat.Holder, q.view.Peers[q.seat.Holder].Off.By)
	case !q.alone() && !q.unsure:
		w.Unseen = slices.DeleteFunc(slices.Sorted(maps.Keys(q.view.Peers)), func(serial string) bool { return !q.beside(serial) })
		who := strings.Join(w.Unseen, ", ")
		w.Why = who + " runs it beside its holder, or did when last seen, and is told to stop"
		w.Do = fmt.Sprintf("find out who started it there; if it cannot be reached, fence it, or once it is off for good: reconciler roles attest %s stopped", who)
	case q.view.Now < late:
		w.Until = late
		w.Why = "a start that was decided on earlier may still arrive"
	case !planned && len(unseen) > 0:
		who := strings.Join(unseen, ", ")
		w.Unseen = unseen
		w.Why = fmt.Sprintf("unfenced holder: nobody has seen that %s stopped, and it may run it, again after a reboot too", who)
		w.Do = fmt.Sprintf("let it be reached, or fence it; or, once it is off for good: reconciler roles attest %s stopped", who)
	}
}

// unseen are those of whom it matters, and is not known, that they have stopped.
func (q question) unseen() []string {
	serials := []string{q.seat.Holder}
	if q.unsure {
		serials = slices.Sorted(maps.Keys(q.view.Peers))
	}
	return slices.DeleteFunc(serials, func(serial string) bool {
		stays := serial == q.seat.Holder && q.seat.Move == nil
		return serial == "" || stays || q.still(serial)
	})
}
