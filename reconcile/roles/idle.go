package roles

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/assign"
	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// idling is a place of leases whose holder may not run it, although it is not dead. After a TTL that is an alarm: the
// place stands still. A wait later no lease of it can be left, and it moves as after a death, if another can take it.
type idling struct {
	holder string
	epoch  uint64
	since  time.Time // the last lease that it says it has was made then, or could first have been
}

// stall is how long a loop may be late before what it did not see in between proves nothing.
const stall = 3 * time.Second

// idles takes note of the places of leases that nobody was seen to run.
func (o *owner) idles(now time.Time) {
	before := o.idle
	o.idle = map[schema.Place]idling{}
	if late := now.Sub(o.stepped); late > stall && !o.stepped.IsZero() {
		before, o.stood = nil, now
	}
	o.stepped = now
	verdicts, heard := o.health.Verdicts(), o.heardOf()
	for place, seat := range o.ledger.Places {
		lost := verdicts[seat.Holder] == health.Dead || verdicts[seat.Holder] == health.Close
		waits := !o.lost.IsZero() || o.ledger.Restored || o.waits[place].Until != 0
		if seat.Class != lease.Leased || seat.Holder == "" || seat.Move != nil || lost || waits {
			continue
		}
		o.idle[place] = o.idling(place, seat, before[place], now, heard[seat.Holder])
	}
}

func (o *owner) idling(place schema.Place, seat lease.Seating, was idling, now time.Time, heard bool) idling {
	is := idling{seat.Holder, seat.Epoch, now}
	if !heard { // once it is, it is given the time to take a lease
		return is
	}
	if was.holder == is.holder && was.epoch == is.epoch {
		is.since = was.since
	}
	if seen := o.leased(place, seat); seen.After(is.since) || was.holder == "" && o.stood.Before(seen) {
		is.since = seen
		delete(o.shunned, shunning{place.Role, seat.Holder})
	}
	return is
}

// leased is when the lease was made that a holder said last that it has; zero: it has none at this epoch.
func (o *owner) leased(place schema.Place, seat lease.Seating) time.Time {
	p := o.peers[seat.Holder]
	if p == nil {
		return time.Time{}
	}
	tenant := p.answer.Places[place]
	if tenant.State != schema.Active || tenant.Epoch != seat.Epoch {
		return time.Time{}
	}
	age := seat.Terms.TTL - (tenant.Until - p.answer.Now)
	return o.date(p.answer.Received - max(age, 0))
}

// shunning is a peer that took no lease of a role when it held it.
type shunning struct{ role, serial string }

// unable are the peers that are not dead, and can hold no lease: by role, with why.
func (o *owner) unable(now time.Time) map[string]map[string]string {
	all := map[string]map[string]string{}
	put := func(role, serial, why string) {
		role = o.leadOf(role)
		if all[role] == nil {
			all[role] = map[string]string{}
		}
		all[role][serial] = why
	}
	o.shun(now)
	heard := o.heardOf()
	for who, boot := range o.shunned {
		if o.peers[who.serial] == nil || o.bootOf(who.serial) != boot {
			delete(o.shunned, who) // what was wrong need not be so any more
			continue
		}
		put(who.role, who.serial, "not DEAD, but took no lease when it held "+who.role)
	}
	for name, role := range o.cluster.Roles {
		for serial, p := range o.peers {
			if role.Fencing == string(lease.Leased) && heard[serial] && o.mute(p, name, now) {
				put(name, serial, "not DEAD, but gives no answer about leases")
			}
		}
	}
	return all
}

// shun takes note of who held a place for a wait without a lease.
func (o *owner) shun(now time.Time) {
	for place, i := range o.idle {
		if now.Sub(i.since) >= o.ledger.Places[place].Terms.Wait() && !o.stopping(place, i.holder) {
			o.shunned[shunning{place.Role, i.holder}] = o.bootOf(i.holder)
		}
	}
}

// heardOf are the peers that give signs of life, whether or not they can be reached. Who is silent keeps what it holds
// until it is DEAD.
func (o *owner) heardOf() map[string]bool {
	all := map[string]bool{}
	for _, v := range o.health.View() {
		unreached := v.Reason == health.Unreached || v.Reason == health.Unproven
		p := o.peers[v.Serial]
		live := p != nil && v.Verdict == health.Live && v.Silence <= p.policy.Heartbeat+o.patience([]string{v.Serial})
		all[v.Serial] = live || unreached
	}
	return all
}

// stopping tells whether a holder says that it may still run a place: its stop hangs, and nobody follows before it is over.
func (o *owner) stopping(place schema.Place, serial string) bool {
	p := o.peers[serial]
	return p != nil && p.answer.Places[place].State == schema.Stopping
}

// leadOf is the role that a role goes with, in the end.
func (o *owner) leadOf(name string) string {
	for range o.cluster.Roles { // no further than a circle is long
		if with := o.cluster.Roles[name].With; with != "" {
			name = with
		}
	}
	return name
}

func (o *owner) bootOf(serial string) string {
	if p := o.peers[serial]; p != nil {
		return p.answer.Boot
	}
	return ""
}

// mute tells whether a peer that is asked about leases has not answered for so long that one would have ended.
func (o *owner) mute(p *peer, role string, now time.Time) bool {
	last := slices.MaxFunc([]time.Time{p.opened, o.stood, o.date(p.answer.Received)}, time.Time.Compare)
	return p.concerned && now.Sub(last) >= o.wish(role, p.serial).Terms.Wait()
}

// assign has it decided who shall hold what. Who can hold no lease is passed over, but not where nobody else is left:
// that would take from it what it may yet get.
func (o *owner) assign(now time.Time) assign.Decision {
	o.unfit = nil
	d := assign.Assign(o.input(now))
	if o.unfit = o.unable(now); len(o.unfit) == 0 {
		return d
	}
	others := assign.Assign(o.input(now))
	for name := range o.unfit {
		if held(others.Roles[name]) < held(d.Roles[name]) {
			delete(o.unfit, name)
		}
	}
	return assign.Assign(o.input(now))
}

// held is how many places somebody shall hold.
func held(r assign.Role) (n int) {
	for _, p := range r.Places {
		if p.Holder != "" {
			n++
		}
	}
	return n
}

// standing are the alarms of the places that stand still.
func (o *owner) standing(now time.Time) (all []Alarm) {
	for place, i := range o.idle {
		terms := o.ledger.Places[place].Terms
		if now.Sub(i.since) < terms.TTL || o.waits[place].told {
			continue
		}
		all = append(all, Alarm{
			Trouble: Idle, Place: place, Peer: i.holder, Since: i.since.UTC(),
			Why: fmt.Sprintf("nobody runs it: %s holds it, is not DEAD, and has no lease: %s", i.holder, o.whyIdle(place, i.holder)),
			Do: fmt.Sprintf("see to the node's half of %s, and start it anew; where another can take %s it moves by itself, from %s on",
				i.holder, place, i.since.Add(terms.Wait()).UTC().Format(time.TimeOnly+"Z")),
		})
	}
	slices.SortFunc(all, func(a, b Alarm) int { return a.Place.Compare(b.Place) })
	return all
}

func (o *owner) whyIdle(place schema.Place, serial string) string {
	p := o.peers[serial]
	switch {
	case p == nil:
		return "it is not there"
	case p.failed != "":
		return p.failed
	case p.answer.Received == 0 || p.answer.Boot == "":
		return "it gave no answer about leases"
	}
	state := cmp.Or(p.answer.Places[place].State, schema.Passive)
	return cmp.Or(o.waits[place].Why, fmt.Sprintf("it answers that it is %s, and takes no grant", state))
}
