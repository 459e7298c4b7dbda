package lease

import (
	"slices"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// controller is one that leads or would like to.
type controller struct {
	*world
	id      int
	store   *store
	clock   clock
	terms   Terms
	starts  int // numbers its starts, so that a dead one does nothing
	up      bool
	stalled bool
	backlog []func()
	leading bool
	reign   Reign
	ledger  Ledger // as last read
	last    Confirm
	paused  bool
	peers   map[string]Peer
	cycled  [machines]time.Duration // when a power cycle was seen to have worked
	dead    [machines]bool          // a wrong verdict
	helped  [machines]bool
	unseen  []string // as last decided
	runs    idle     // the holder of leases, when it last said that it runs
}

// idle is a holder of leases, and when it last said that it runs, or could first have been granted to.
type idle struct {
	holder string
	epoch  uint64
	since  time.Duration
}

const (
	interval = 5 * time.Second
	gather   = 700 * time.Millisecond
)

func (w *world) newController(number int, s *store, terms Terms) *controller {
	c := &controller{world: w, id: machines + number, store: s, terms: terms, clock: w.newClock(time.Hour), peers: map[string]Peer{}}
	c.begin()
	return c
}

func (c *controller) begin() {
	c.up, c.starts, c.leading = true, c.starts+1, false
	if c.configurations {
		c.terms.TTL = c.between(c.ttl[0], c.ttl[1]+c.ttl[0])
	}
	c.last, c.runs = Confirm{}, idle{}
	for _, m := range c.machines {
		c.peers[m.serial] = Peer{}
	}
	c.cycled, c.helped, c.unseen = [machines]time.Duration{}, [machines]bool{}, nil
	c.later(c.between(0, interval), c.round)
}

func (c *controller) crash(down time.Duration) {
	if c.up {
		c.note("controller %d: killed", c.id)
		c.up, c.stalled, c.backlog = false, false, nil
		c.starts++
		c.after(down, c.begin)
	}
}

// stall has it do nothing for a while, and then everything at once.
func (c *controller) stall(d time.Duration) {
	if !c.up || c.stalled {
		return
	}
	c.note("controller %d: stalls for %v", c.id, d)
	c.stalled = true
	start := c.starts
	c.after(d, func() {
		if c.starts != start {
			return
		}
		c.stalled = false
		backlog := c.backlog
		c.backlog = nil
		for _, something := range backlog {
			c.do(something)
		}
	})
}

// do has the controller do something: now, when it stalls no longer, or never.
func (c *controller) do(something func()) {
	switch {
	case !c.up:
	case c.stalled:
		c.backlog = append(c.backlog, something)
	default:
		something()
	}
}

// reply has it do something if it is still the same one.
func (c *controller) reply(something func()) func() {
	start := c.starts
	return func() {
		if c.starts == start {
			c.do(something)
		}
	}
}

func (c *controller) later(d time.Duration, something func()) {
	c.after(c.clock.truly(d), c.reply(something))
}

func (c *controller) local() time.Duration { return c.clock.read(c.now) }

func (c *controller) round() {
	c.later(c.between(interval*9/10, interval), c.round)
	if !c.leading {
		c.stand()
		return
	}
	for _, m := range c.machines {
		c.ask(m, nil)
	}
	c.later(gather, c.confirm)
}

// stand asks the store to lead.
func (c *controller) stand() {
	name, asked := c.name("leader"), c.local()
	c.send(c.id, c.store.id, func() {
		ledger, leads := c.store.stand(name)
		if !leads {
			return
		}
		c.send(c.store.id, c.id, c.reply(func() { c.crowned(name, ledger, asked) }))
	})
}

func (c *controller) crowned(name string, ledger Ledger, asked time.Duration) {
	if c.leading && c.reign.Term >= ledger.Term {
		return // an echo
	}
	c.note("controller %d: leads in term %d", c.id, ledger.Term)
	c.leading, c.ledger = true, ledger
	c.reign = Reign{Store: ledger.Store, Term: ledger.Term, Leader: name, From: c.local()}
	if c.sabotage.ruledWhenAsked {
		c.reign.From = asked
	}
	if c.sabotage.neverWaitsAtFirst {
		c.reign.From = 1 - time.Hour
	}
}

// ask probes a machine, or has it do something and answer as to a probe.
func (c *controller) ask(m *machine, something func()) {
	sent := c.local()
	c.send(c.id, m.id, func() {
		m.do(func() {
			if !m.sidecar {
				return
			}
			if something != nil {
				something()
			}
			tenure := m.answer()
			c.send(m.id, c.id, c.reply(func() { c.hear(m, Answer{tenure, sent, c.local()}) }))
		})
	})
}

func (c *controller) hear(m *machine, a Answer) {
	if c.sabotage.countsFromSent {
		a.Received = a.Sent
	}
	if place := placeOf(leasedPlace); c.sabotage.hidesEpochs {
		if tenant, ok := a.Places[place]; ok {
			tenant.Epoch = min(tenant.Epoch, c.ledger.Places[place].Epoch)
			a.Places[place] = tenant
		}
	}
	if t, _ := a.about(placeOf(leasedPlace)); t.State == schema.Active && m.serial == c.runs.holder && t.Epoch == c.runs.epoch {
		c.runs.since = a.Received
	}
	peer := c.peers[m.serial]
	peer.Answer = a
	c.peers[m.serial] = peer
}

// closed is what a machine says that was shut down. The protocol needs more than that.
func (c *controller) closed(m *machine) {
	if peer := c.peers[m.serial]; c.sabotage.believesClose && peer.Answer.Received > 0 {
		place := placeOf(leasedPlace)
		peer.Answer.Places = map[schema.Place]schema.Tenant{place: {Epoch: c.ledger.Places[place].Epoch + 1, State: schema.Passive}}
		c.peers[m.serial] = peer
		c.dead[m.id] = true
		c.later(time.Second, func() { c.dead[m.id] = false })
		c.confirm()
	}
}

// confirm asks the store whether all still stands.
func (c *controller) confirm() {
	if !c.leading {
		return
	}
	asked, leader := c.local(), c.reign.Leader
	if c.sabotage.neverConfirms {
		c.confirmed(Confirm{Ledger: c.ledger, Asked: asked})
	}
	c.send(c.id, c.store.id, func() {
		if c.store.down {
			return
		}
		ledger := c.store.confirm(leader)
		c.send(c.store.id, c.id, c.reply(func() {
			if c.sabotage.confirmedLate {
				asked = c.local()
			}
			c.confirmed(Confirm{Ledger: ledger, Asked: asked})
		}))
	})
	if c.hold && c.last.Term > 0 && c.local()-c.last.Asked > 2*interval {
		lost := c.last
		lost.Lost = true
		c.order(lost)
	}
}

func (c *controller) confirmed(confirm Confirm) {
	if !c.leading {
		return
	}
	if !c.reign.leads(confirm.Ledger) {
		if confirm.Asked >= c.reign.From && !c.sabotage.neverConfirms {
			c.leading = false
		}
		return
	}
	c.ledger, c.last = confirm.Ledger, confirm
	c.order(confirm)
	c.decide(confirm.Ledger)
}

func (c *controller) order(confirm Confirm) {
	reign, orders := c.reign.Order(confirm, c.view(confirm.Ledger))
	c.reign = reign
	for _, g := range orders.Grants {
		m := c.machine(g.To)
		c.note("controller %d: grants %s to %s at %d until %v, answered at %v, now %v", c.id, g.Place, g.To, g.Epoch, g.Until, c.peers[g.To].Answer.Received, c.local())
		c.ask(m, func() { m.granted(g.Grant) })
	}
	for _, s := range orders.Starts {
		m := c.machine(s.To)
		c.ask(m, func() { m.switched(true) })
	}
}

func (c *controller) decide(ledger Ledger) {
	c.forget()
	if c.sabotage.ownTerms {
		for place, seat := range ledger.Places {
			seat.Terms = c.terms
			ledger.Places[place] = seat
		}
	}
	reign, d := c.reign.Decide(ledger, c.view(ledger))
	c.reign = reign
	for _, s := range d.Swaps {
		c.note("controller %d: swaps %s to %s, from %v, wait %v, now %v", c.id, s.Place, s.New.Holder, c.reign.From, s.Old.Terms.Wait(), c.local())
		c.swap(s)
	}
	for _, r := range d.Revokes {
		m := c.machine(r.From)
		c.ask(m, func() { m.revoked(r.Revoke) })
	}
	for _, s := range d.Stops {
		m := c.machine(s.Who)
		c.ask(m, func() { m.switched(false) })
	}
	c.unseen = nil
	for _, wait := range d.Waits {
		c.unseen = append(c.unseen, wait.Unseen...)
	}
	c.help()
	if c.sabotage.liftsAtOnce {
		d.Lift = nil
		for _, m := range c.machines {
			if m.fenced > 0 && c.ledger.Places[placeOf(confirmedPlace)].Holder != m.serial {
				d.Lift = append(d.Lift, m.serial)
			}
		}
	}
	for _, serial := range d.Lift {
		m := c.machine(serial)
		m.lift(m.fenced)
		c.cycled[m.id] = 0
	}
	if d.Settled {
		term, leader := reign.Term, reign.Leader
		c.send(c.id, c.store.id, func() { c.store.settle(term, leader) })
	}
}

// forget is where a controller loses what it must not.
func (c *controller) forget() {
	if c.sabotage.neverCloses {
		c.reign.closed = nil
	}
	seat := c.ledger.Places[placeOf(leasedPlace)]
	if last, ok := c.reign.orders[sent{placeOf(leasedPlace), seat.Holder}]; ok && c.sabotage.idleIsOver && c.idles(seat) {
		c.reign.orders[sent{placeOf(leasedPlace), seat.Holder}] = order{boot: last.boot}
	}
	for where, last := range c.reign.orders {
		for other, later := range c.reign.orders {
			if c.sabotage.remembersOne && other.place == where.place && later.at > last.at {
				delete(c.reign.orders, where)
			}
		}
		if c.sabotage.neverWaitsForOwn {
			c.reign.orders[where] = order{boot: last.boot}
		}
	}
}

func (c *controller) swap(s Swap) {
	if c.sabotage.ownTerms {
		s.Old.Terms = c.store.ledger.Places[s.Place].Terms
	}
	c.send(c.id, c.store.id, func() {
		if c.store.down || !c.store.swap(s) {
			return
		}
		c.send(c.store.id, c.id, c.reply(c.confirm))
	})
}

func (c *controller) machine(serial string) *machine {
	return c.machines[serial[3]-'1']
}

// help is what people do for places that are blocked: they set a fence that lasts, which their word does as well, or
// switch a machine off and on again.
func (c *controller) help() {
	for _, serial := range c.unseen {
		m := c.machine(serial)
		if m.fenced > 0 || c.helped[m.id] || !c.chance(0.7) {
			continue
		}
		c.helped[m.id] = true
		c.later(c.between(0, 40*time.Second), func() {
			c.helped[m.id] = false
			switch {
			case !slices.Contains(c.unseen, serial):
			case c.chance(0.5):
				m.fence()
			default:
				m.crash(c.between(time.Second, 10*time.Second))
				c.later(11*time.Second, func() { c.cycled[m.id] = c.local() })
			}
		})
	}
}

// view is what it knows beside the ledger.
func (c *controller) view(l Ledger) View {
	v := View{Wishes: map[schema.Place]Wish{}, Peers: c.peers, Paused: c.paused, Now: c.local(), Date: time.Unix(0, 0).Add(c.now)}
	for _, m := range c.machines {
		peer := c.peers[m.serial]
		peer.BootsPassive = m.bootsPassive || c.sabotage.rebootsAreFences
		peer.Off = Off{}
		if c.cycled[m.id] > 0 {
			peer.Off = Off{By: "power cycle", Since: c.cycled[m.id]}
		}
		if m.fenced > 0 {
			peer.Off = Off{By: "fence", Lasts: true}
		}
		c.peers[m.serial] = peer
	}
	for i := range placesInAll {
		v.Wishes[placeOf(i)] = c.wish(i, l)
	}
	return v
}

// wish stands in for assignment: the holder stays while it is live, and people want others now and then.
func (c *controller) wish(i int, l Ledger) Wish {
	seat := l.Places[placeOf(i)]
	w := Wish{Holder: seat.Holder, Kind: First, Class: [...]Class{Leased, Confirmed}[i], Terms: c.terms, Hold: c.hold}
	if i == confirmedPlace && c.sabotage.neverAsksBack {
		w.Class = BestEffort
	}
	if seat.Move != nil {
		w.Holder, w.Kind = seat.Move.To, seat.Move.Kind
	}
	if c.wanted[i] == nobody {
		w.Holder, w.Kind = "", Release
		return w
	}
	if id := c.wanted[i]; id >= 0 && c.live(id) {
		if serial := c.machines[id].serial; serial != w.Holder {
			w.Holder, w.Kind = serial, Switchover
		}
	}
	idles := i == leasedPlace && seat.Move == nil && c.idles(seat)
	fit := func(m *machine) bool { return c.live(m.id) && (!idles || m.serial != seat.Holder) }
	if w.Holder != "" && fit(c.machine(w.Holder)) {
		if seat.Holder != "" && !c.live(c.machine(seat.Holder).id) {
			w.Kind = Failover
		}
		return w
	}
	for _, m := range c.machines {
		if fit(m) {
			w.Holder, w.Kind = m.serial, Failover
			return w
		}
	}
	return w
}

// idles tells whether nobody can have a lease any more, since its holder has not said for a wait that it runs.
func (c *controller) idles(seat Seating) bool {
	if seat.Holder != c.runs.holder || seat.Epoch != c.runs.epoch {
		c.runs = idle{seat.Holder, seat.Epoch, c.local()}
	}
	return seat.Holder != "" && !c.sabotage.neverIdle && c.local()-c.runs.since >= seat.Terms.Wait()
}

func (c *controller) live(id int) bool {
	a := c.peers[c.machines[id].serial].Answer
	return a.Received > 0 && c.local()-a.Received < c.verdict && !c.dead[id]
}
