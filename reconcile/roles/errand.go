package roles

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/assign"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// order is all that a peer is told at once.
type order struct {
	revokes []schema.Revoke
	grants  []schema.Grant
	stops   []schema.Place
	starts  []lease.Starting
}

// orders are those of all peers, by serial.
type orders map[string]*order

func (o orders) of(serial string) *order {
	if o[serial] == nil {
		o[serial] = &order{}
	}
	return o[serial]
}

func (o orders) decide(d lease.Decision) {
	for _, r := range d.Revokes {
		o.of(r.From).revokes = append(o.of(r.From).revokes, r.Revoke)
	}
	for _, s := range d.Stops {
		o.of(s.Who).stops = append(o.of(s.Who).stops, s.Place)
	}
}

func (o orders) allow(a lease.Orders) {
	for _, g := range a.Grants {
		o.of(g.To).grants = append(o.of(g.To).grants, g.Grant)
	}
	for _, s := range a.Starts {
		o.of(s.To).starts = append(o.of(s.To).starts, s)
	}
}

// errand is what is done at one peer, without the owner: all it needs is its own.
type errand struct {
	order
	options Options
	began   time.Time
	serial  string
	conn    Peer
	cluster *schema.Cluster
	now     assign.Holds                  // who runs what
	items   map[schema.Place][]schema.Key // what each place switches here
	asks    []schema.Place                // whose items are read
	holds   map[schema.Place]bool         // by the ledger
	leased  bool                          // any role is
	turn    []schema.Key                  // items that were dealt anew
	timeout time.Duration                 // of a request about leases; 0: the connection's own
}

func (o *owner) newErrand(p *peer, given *order) errand {
	e := errand{
		options: o.options, began: o.began, serial: p.serial, conn: p.conn,
		cluster: o.within(p.serial), now: HoldsOf(o.ledger, o.deals.inForce()), holds: o.held(p.serial), items: o.at(p.serial),
		turn: slices.Collect(maps.Keys(p.turn)), timeout: p.policy.Timeout,
	}
	if given != nil {
		e.order = *given
	}
	for _, role := range o.cluster.Roles {
		e.leased = e.leased || o.class(role) == lease.Leased
	}
	for _, seat := range o.ledger.Places {
		e.leased = e.leased || seat.Class == lease.Leased
	}
	for place := range e.items {
		if o.tells(place, p.serial) {
			e.asks = append(e.asks, place)
		}
	}
	return e
}

// held are the places that a peer has by the ledger, and that do not move.
func (o *owner) held(serial string) map[schema.Place]bool {
	held := map[schema.Place]bool{}
	for place, seat := range o.ledger.Places {
		held[place] = seat.Holder == serial && seat.Move == nil
	}
	return held
}

// tells tells whether what runs on a peer says something about a place: not about one of several places of a role that
// run the same, if the peer holds another of them.
func (o *owner) tells(place schema.Place, serial string) bool {
	seat := o.ledger.Places[place]
	if o.cluster.Roles[place.Role].Spread || seat.Holder == serial {
		return true
	}
	for other, seat := range o.ledger.Places {
		if other.Role == place.Role && other != place && seat.Holder == serial {
			return false
		}
	}
	return true
}

// HoldsOf is who runs what by a ledger: nobody while a place moves.
func HoldsOf(l lease.Ledger, deals map[string]assign.Deal) assign.Holds {
	holders := map[schema.Place]string{}
	for place, seat := range l.Places {
		if seat.Move == nil {
			holders[place] = seat.Holder
		}
	}
	return assign.NewHolds(holders, deals)
}

// run gives the orders, and asks. What an order comes to is in the answer; the error is for people. A peer that gives no
// answer is not written to: that would hold up the others for nothing.
func (e errand) run(ctx context.Context) result {
	err := e.leases(ctx)
	answer, asked := e.ask(ctx)
	if asked != nil || !e.switches() {
		return result{answer: answer, err: errors.Join(err, asked)}
	}
	done, failed := e.levers(ctx, answer)
	answer, asked = e.ask(ctx)
	return result{answer, done, errors.Join(err, failed, asked)}
}

// result is what came of an errand.
type result struct {
	answer lease.Answer // nothing, if there was none
	done   []Event      // levers that were set
	err    error
}

// switches tells whether any lever is to be set.
func (e errand) switches() bool { return len(e.stops)+len(e.starts)+len(e.turn) > 0 }

// leaser is nil where no role is leased: such nodes need not run leases.
func (e errand) leaser() Leaser {
	if l, is := e.conn.(Leaser); is && e.leased && l.Leases() {
		return l
	}
	return nil
}

func (e errand) leases(ctx context.Context) error {
	l := e.leaser()
	if l == nil {
		return nil
	}
	var errs []error
	for _, r := range e.revokes {
		if err := e.bounded(ctx, func(ctx context.Context) error { _, err := l.Revoke(ctx, r); return err }); err != nil {
			errs = append(errs, err)
		}
	}
	for _, g := range e.grants {
		if err := e.bounded(ctx, func(ctx context.Context) error { return l.Grant(ctx, g) }); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// bounded makes one request about leases. It waits no longer for an answer than a probe does: the next errand comes
// after this one only, and a lease is to outlive a request that is lost.
func (e errand) bounded(ctx context.Context, ask func(context.Context) error) error {
	if e.timeout > 0 {
		bounded, cancel := context.WithTimeout(ctx, e.timeout)
		defer cancel()
		ctx = bounded
	}
	return ask(ctx)
}

// levers stops first: what one place gives up another may take. What is stopped already is left alone.
func (e errand) levers(ctx context.Context, now lease.Answer) (done []Event, err error) {
	var errs []error
	turn := func(ctx context.Context, kind Kind, place schema.Place) {
		if err := e.turns(ctx, e.items[place]); err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", kind, place, err))
		} else if len(e.items[place]) > 0 {
			done = append(done, Event{Kind: kind, Place: place, Peer: e.serial})
		}
	}
	if err := e.turns(ctx, e.turn); err != nil {
		errs = append(errs, fmt.Errorf("deal items anew: %w", err))
	}
	for _, place := range e.stops {
		if now.Places[place].State == schema.Passive {
			continue
		}
		turn(ctx, Stop, place)
	}
	for _, s := range e.starts {
		left := s.By - e.options.Clock().Sub(e.began)
		if left <= 0 {
			continue // too late; it is allowed anew
		}
		// No request begins after By, and none takes longer than Patience: so nothing takes effect later than the
		// protocol thinks possible.
		timely, cancel := context.WithTimeout(ctx, left)
		turn(timely, Start, s.Place)
		cancel()
	}
	return done, errors.Join(errs...)
}

// turns brings items to what the ledger makes of them here.
func (e errand) turns(ctx context.Context, keys []schema.Key) error {
	if len(keys) == 0 {
		return nil
	}
	return e.options.Switch(ctx, assign.StaffPeer(e.cluster, e.now, e.serial), e.serial, keys)
}

// ask finds out what runs.
func (e errand) ask(ctx context.Context) (lease.Answer, error) {
	answer := lease.Answer{Sent: e.options.Clock().Sub(e.began)}
	if l := e.leaser(); l != nil {
		err := e.bounded(ctx, func(ctx context.Context) (err error) { answer.Tenure, err = l.Tenure(ctx); return err })
		if err != nil {
			return lease.Answer{}, err
		}
	}
	if answer.Places == nil {
		answer.Places = map[schema.Place]schema.Tenant{}
	}
	for _, place := range e.asks {
		state, err := e.state(ctx, place)
		if err != nil {
			return lease.Answer{}, fmt.Errorf("read %s: %w", place, err)
		}
		answer.Places[place] = schema.Tenant{State: state}
	}
	answer.Received = e.options.Clock().Sub(e.began)
	return answer, nil
}

// state is whether any of a place's items runs. Where there is none, it is as the ledger says.
func (e errand) state(ctx context.Context, place schema.Place) (schema.TenantState, error) {
	if len(e.items[place]) == 0 && e.holds[place] {
		return schema.Active, nil
	}
	for _, key := range e.items[place] {
		body, err := e.conn.Read(ctx, key)
		if err != nil {
			return "", err
		}
		if body != nil && !onStandby(e.cluster.Provider.Kinds[key.Kind], body) {
			return schema.Active, nil
		}
	}
	return schema.Passive, nil
}

// onStandby tells whether an item is switched off.
func onStandby(kind schema.Kind, body schema.Body) bool {
	standby, there := kind.Lever.Set(nil, false)
	return there && len(plan.Fields(kind, standby, body)) == 0
}
