package roles

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/assign"
	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/reconcile/probe"
	"github.com/gitops-reconciler/reconciler/schema"
)

// owner is all that a running keeper knows; one goroutine has it.
type owner struct {
	*Keeper
	work    sync.WaitGroup // what is done beside it
	began   time.Time      // where the controller's clock begins
	watched time.Time      // when the watch over the peers began

	cluster  *schema.Cluster
	before   *schema.Cluster // that was kept last before this start; nil: not known
	peers    map[string]*peer
	prober   *probe.Prober
	health   *health.State
	reign    lease.Reign
	leads    bool
	deposed  string // why another leads now: it is not taken from them again; "": none does
	ledger   lease.Ledger
	deals    deals
	offs     map[string]Off
	enrolled map[string]Enrolment
	trials   map[string]*trial
	asked    map[schema.Place]string // switchovers that somebody wishes for
	paused   string
	decision assign.Decision
	waits    map[schema.Place]waiting
	broken   string    // why the ledger cannot be read or written
	lost     time.Time // since when it cannot be confirmed; zero: it can
	lapses   []lease.Lapse
	stepped  time.Time // the last time
	stood    time.Time // when it last stood still until
	idle     map[schema.Place]idling
	shunned  map[shunning]string          // to the boot that took no lease
	unfit    map[string]map[string]string // by role and serial: why it is passed over
	alarms   []Alarm
}

func newOwner(k *Keeper) *owner {
	return &owner{
		Keeper: k, began: k.options.Clock(), peers: map[string]*peer{},
		prober: probe.New(0, k.options.Clock, k.Hear),
		asked:  map[schema.Place]string{}, waits: map[schema.Place]waiting{},
		shunned: map[shunning]string{},
	}
}

// since is a time on the controller's clock.
func (o *owner) since(t time.Time) time.Duration { return t.Sub(o.began) }

// date is a time on the controller's clock, in UTC; zero: none.
func (o *owner) date(at time.Duration) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return o.began.Add(at).UTC()
}

// keep takes another cluster. Peers that are the same stay connected; of those that are gone nothing more is asked.
func (o *owner) keep(c *schema.Cluster) {
	config, err := health.ConfigOf(c, o.known())
	if err != nil {
		o.options.Events(Event{Kind: OrderFail, Text: err.Error()}) // the rules keep this from happening
		return
	}
	if o.health == nil {
		o.health = health.New(config)
		o.watched = o.options.Clock()
	} else {
		o.health.Configure(config)
	}
	left := o.cluster
	o.cluster = c
	o.connect(config, left)
	o.deals.forget()
}

// known is what was last known of the peers: who holds something was alive when it was given it.
func (o *owner) known() map[string]health.Verdict {
	known := map[string]health.Verdict{}
	for _, seat := range o.ledger.Places {
		known[seat.Holder] = health.Live
	}
	return known
}

// pause is how long there is nothing to do.
func (o *owner) pause() time.Duration {
	pause := health.Tick
	now := o.options.Clock()
	for _, p := range o.peers {
		if at, is := p.due(); is {
			pause = min(pause, at.Sub(now))
		}
	}
	return max(pause, soon)
}

// step decides, and has done what was decided. It may be called at any time.
func (o *owner) step(ctx context.Context) {
	if o.cluster == nil {
		return
	}
	now := o.options.Clock()
	o.broken = ""
	if !o.leads && !o.lead() {
		o.watch(now)
		o.raise(now)
		o.publish(now)
		return
	}
	o.watch(now)
	o.idles(now)
	o.decision = o.assign(now)
	o.dealt()
	view := o.view(now, o.decision)
	reign, decided := o.reign.Decide(o.ledger, view)
	o.reign = reign
	o.wait(decided.Waits, now)
	o.write(decided)
	given := orders{}
	given.allow(o.confirmed(view))
	given.decide(decided)
	o.fence(ctx, now)
	o.dispatch(ctx, now, given)
	o.raise(now)
	o.publish(now)
}

// watch takes the health of the peers on to now.
func (o *owner) watch(now time.Time) {
	for _, signal := range o.health.Step(now, o.heard.Take()...) {
		if signal.Kind == health.Ask {
			o.prober.Ask(signal)
			continue
		}
		o.options.Events(Event{Kind: Health, Signal: signal})
	}
}

// lead takes the lead, and learns how things stand.
func (o *owner) lead() bool {
	if o.deposed != "" {
		return false
	}
	name := o.cluster.Name
	ledger, err := o.options.Ledger.Lead(name, o.options.Leader)
	if err == nil {
		o.deals.of, err = o.options.Ledger.Deals(name)
	}
	if err == nil {
		o.offs, err = o.options.Ledger.Offs(name)
	}
	if err == nil {
		err = o.enrolments()
	}
	if err != nil {
		o.unwritten(err)
		return false
	}
	first := o.ledger.Places == nil
	o.leads, o.ledger = true, ledger
	o.reign = lease.Reign{Store: ledger.Store, Term: ledger.Term, Leader: ledger.Leader, From: o.since(o.options.Clock())}
	if first { // who holds something is watched as one who lived
		o.health = nil
		o.keep(o.cluster)
	}
	return true
}

// write makes the changes of the ledger, until one is refused: what was known need not be so any more.
func (o *owner) write(d lease.Decision) {
	for _, swap := range d.Swaps {
		if err := o.options.Ledger.Swap(o.cluster.Name, swap); err != nil {
			o.unwritten(err)
			return
		}
		o.swapped(swap)
	}
	for _, serial := range d.Lift {
		if err := o.options.Ledger.Off(o.cluster.Name, serial, nil); err != nil {
			o.unwritten(err)
			return
		}
		delete(o.offs, serial)
	}
	if d.Settled && o.ledger.Restored {
		if err := o.options.Ledger.Settle(o.cluster.Name, o.ledger.Term); err != nil {
			o.unwritten(err)
			return
		}
		o.options.Events(Event{Kind: Settled})
	}
}

// swapped tells of a place that moves, or did.
func (o *owner) swapped(s lease.Swap) {
	switch {
	case s.New.Holder != s.Old.Holder:
		if o.asked[s.Place] == s.New.Holder {
			delete(o.asked, s.Place)
		}
		o.options.Events(Event{Kind: Moved, Place: s.Place, From: s.Old.Holder, To: s.New.Holder, Epoch: s.New.Epoch, Text: s.New.Cause})
	case s.New.Move != nil && s.Old.Move == nil:
		o.options.Events(Event{Kind: Moving, Place: s.Place, From: s.Old.Holder, To: s.New.Move.To, Epoch: s.New.Epoch, Text: s.New.Move.Cause})
	}
}

// confirmed is what the ledger allows, as it stands now; while it is lost, as it stood when it was last read.
func (o *owner) confirmed(view lease.View) (allowed lease.Orders) {
	if o.deposed != "" {
		return allowed
	}
	asked := o.since(o.options.Clock())
	lost := !o.read()
	if o.deposed != "" {
		return allowed
	}
	o.reign, allowed = o.reign.Order(lease.Confirm{Ledger: o.ledger, Asked: asked, Lost: lost}, view)
	o.lapses = allowed.Lapses
	return allowed
}

// read reads the ledger anew, whole and as it stands now.
func (o *owner) read() bool {
	ledger, err := o.options.Ledger.Ledger(o.cluster.Name)
	if err != nil {
		o.unwritten(err)
		if o.lost.IsZero() {
			o.lost = o.options.Clock()
		}
		return false
	}
	o.lost, o.ledger = time.Time{}, ledger
	if ledger.Term != o.reign.Term || ledger.Leader != o.reign.Leader {
		o.depose("term " + itoa(ledger.Term) + " is another's")
		return false
	}
	return true
}

// unwritten takes note that the ledger fails. Nothing new is decided on what is not known to stand.
func (o *owner) unwritten(err error) {
	o.broken = err.Error()
	if errors.Is(err, ErrDeposed) {
		o.depose(err.Error())
	}
}

// depose has it decide nothing any more: two that took the lead from each other in turn would move roles for ever.
func (o *owner) depose(why string) {
	o.leads, o.deposed = false, cmp.Or(o.deposed, why)
}

// wait tells of places that wait for a person, once each, and of those that do no longer. Who is only not asked yet
// is not called for a person's help.
func (o *owner) wait(waits []lease.Wait, now time.Time) {
	before := o.waits
	o.waits = make(map[schema.Place]waiting, len(waits))
	for _, w := range waits {
		was := before[w.Place]
		is := waiting{Wait: w, since: now}
		if was.Do == w.Do {
			is.since, is.told = was.since, was.told
		}
		if w.Do != "" && !is.told && now.Sub(is.since) >= o.patience(w.Unseen) {
			is.told = true
			o.options.Events(Event{Kind: Blocked, Place: w.Place, Peer: w.Holder, Text: w.Why, Do: w.Do})
		}
		o.waits[w.Place] = is
	}
	for place, w := range before {
		if w.told && !o.waits[place].told {
			o.options.Events(Event{Kind: Unblocked, Place: place})
		}
	}
}

// waiting is a place that cannot be moved yet.
type waiting struct {
	lease.Wait
	since time.Time // that it waits for the same
	told  bool      // it is BLOCKED, and that was said
}

// patience is how long it takes to ask peers once more.
func (o *owner) patience(serials []string) time.Duration {
	longest := time.Duration(0)
	for _, serial := range serials {
		if p := o.peers[serial]; p != nil {
			longest = max(longest, 2*o.every(p)+p.policy.Timeout)
		}
	}
	return longest
}
