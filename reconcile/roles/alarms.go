package roles

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Alarm is something that a person should see to.
type Alarm struct {
	Trouble Trouble      `json:"trouble"`
	Place   schema.Place `json:"place,omitzero"` // zero: it is about all of them
	Peer    string       `json:"peer,omitempty"`
	Since   time.Time    `json:"since"` // UTC
	Why     string       `json:"why"`
	Do      string       `json:"do"`
}

// Trouble is what an alarm is about.
type Trouble string

// The troubles.
const (
	StoreLost Trouble = "store-lost" // the ledger cannot be confirmed
	Idle      Trouble = "idle"       // a place of leases stands still at a holder that is not dead
	Unwritten Trouble = "unwritten"  // it can, and cannot be written
	Deposed   Trouble = "deposed"    // another controller has taken over
)

// raise works out what there is to be seen to, and tells what is new of it, and what is over.
func (o *owner) raise(now time.Time) {
	before := o.alarms
	o.alarms = o.troubles(now.UTC())
	for i := range o.alarms {
		a := &o.alarms[i]
		was := slices.IndexFunc(before, a.same)
		if was >= 0 {
			a.Since = before[was].Since
		}
		if was < 0 || before[was].Why != a.Why && a.Trouble != Idle {
			o.options.Events(Event{Kind: Alarmed, Alarm: a.Trouble, Place: a.Place, Peer: a.Peer, Text: a.Why, Do: a.Do})
		}
	}
	for _, a := range before {
		if !slices.ContainsFunc(o.alarms, a.same) {
			o.options.Events(Event{Kind: Calmed, Alarm: a.Trouble, Place: a.Place, Peer: a.Peer})
		}
	}
}

func (a Alarm) same(b Alarm) bool {
	return a.Trouble == b.Trouble && a.Place == b.Place && a.Peer == b.Peer
}

func (o *owner) troubles(now time.Time) (all []Alarm) {
	switch {
	case o.deposed != "":
		all = append(all, Alarm{
			Trouble: Deposed, Since: now, Why: o.deposed,
			Do: "end this serve; if no other is meant to keep the roles of this cluster, find out who started one, and start this one anew",
		})
	case !o.lost.IsZero():
		all = append(all, o.storeLost(now))
	case o.broken != "":
		all = append(all, Alarm{
			Trouble: Unwritten, Since: now, Why: o.broken,
			Do: "see to the disk of the state: no role moves before it can be written; holders are renewed meanwhile",
		})
	}
	if o.leads {
		all = append(all, o.standing(now)...)
	}
	return all
}

// storeLost says what becomes of every place that is held: without the ledger nobody takes one over.
func (o *owner) storeLost(now time.Time) Alarm {
	var fates []string
	for place, seat := range o.ledger.Places {
		if seat.Holder != "" {
			fates = append(fates, o.fate(place, seat))
		}
	}
	slices.Sort(fates)
	return Alarm{
		Trouble: StoreLost, Since: now,
		Why: o.broken + "; nobody new is given a role. " + cmp.Or(strings.Join(fates, "; "), "Nobody holds any"),
		Do: "bring the state back to where it was, or end serve and start it on what there is (docs/failover.md, the state is lost); " +
			"start no second serve while this one runs",
	}
}

func (o *owner) fate(place schema.Place, seat lease.Seating) string {
	at := slices.IndexFunc(o.lapses, func(l lease.Lapse) bool { return l.Place == place })
	switch {
	case seat.Class != lease.Leased:
		return fmt.Sprintf("%s stays at %s as it is", place, seat.Holder)
	case at < 0:
		return fmt.Sprintf("%s is held on at %s", place, seat.Holder)
	default:
		by := o.date(o.lapses[at].By)
		return fmt.Sprintf("%s runs out at %s, by %s", place, seat.Holder, by.Format(time.TimeOnly+"Z"))
	}
}
