package lease

import (
	"math/rand/v2"
	"time"
)

// sabotage takes rules out of the protocol, one each.
type sabotage struct {
	// the node's half
	fromReceipt, anyBoot, anyStore, anyEpoch, stopsLate, neverForces, forgetsEpochs, bootsActive,
	stoppingIsPassive, trustsClock, clockSleeps bool
	// the controller's half
	neverConfirms, confirmedLate, neverWaitsForOwn, neverWaitsAtFirst, ruledWhenAsked, countsFromSent,
	idleIsOver, neverIdle, neverCloses, remembersOne, ownTerms, believesClose, trustsRates, hidesEpochs, anyoneHolds bool
	// the store
	anyTerm, comparesNothing, restoredIsGood, leadsOn bool
	// servers without leases
	neverAsksBack, believesStops, rebootsAreFences, forgetsStarts, liftsAtOnce bool
}

// some of them make for a world in which little else happens, so that what they do together shows.
func some(r *rand.Rand) []trouble {
	every := all()
	r.Shuffle(len(every), func(i, j int) { every[i], every[j] = every[j], every[i] })
	return every[:2+r.IntN(4)]
}

// hostile draws how bad a world is.
func hostile(r *rand.Rand) profile {
	pick := func(shares ...float64) float64 { return shares[r.IntN(len(shares))] }
	troubles := all()
	if r.IntN(2) == 0 {
		troubles = some(r)
	}
	return profile{
		drop: pick(0, 0.02, 0.1, 0.3), twice: pick(0, 0.05, 0.2), slow: pick(0, 0.02, 0.1, 0.3),
		chaos: time.Duration(pick(5, 10, 20, 40, 80) * float64(time.Second)), troubles: troubles,
		rho: 0.01, stopWithin: 5 * time.Second, guard: 2 * time.Second, longest: 25 * time.Second,
		rivalry: 0.02, ttl: [2]time.Duration{20 * time.Second, 40 * time.Second},
		verdict: time.Duration(pick(14, 14, 25, 60) * float64(time.Second)), restores: r.IntN(4) == 0, doubled: r.IntN(8) == 0, configurations: r.IntN(4) == 0,
		alone: r.IntN(8) == 0,
	}
}

// outcome is what a run came to.
type outcome struct {
	violation string
	held      [placesInAll]float64 // shares of the time
	running   [placesInAll]int     // at the end
	told      []string
}

const tenMinutes = 10 * time.Minute

// simulate is one run. What it does depends on nothing but its arguments.
func simulate(seed uint64, s sabotage, shape func(*profile), tell bool) outcome {
	r := rand.New(rand.NewPCG(seed, 1))
	w := &world{Rand: r, profile: hostile(r), sabotage: s, tell: tell}
	if shape != nil {
		shape(&w.profile)
	}
	w.hold = w.alone && w.chance(0.5) || s.anyoneHolds
	w.people()
	w.run(tenMinutes)
	o := outcome{violation: w.violation, running: w.running, told: w.told}
	for i, held := range w.held {
		o.held[i] = held.Seconds() / tenMinutes.Seconds()
	}
	return o
}

// people puts machines, stores and controllers into the world.
func (w *world) people() {
	for i := range w.machines {
		w.machines[i] = w.newMachine(i)
	}
	w.stores = []*store{w.newStore(0, "s1")}
	terms := Terms{
		TTL: w.between(w.ttl[0], w.ttl[1]), StopWithin: w.stopWithin, Guard: w.guard, Rho: w.rho,
		Late: 2*w.longest + 4*time.Second,
	}
	if w.sabotage.trustsRates {
		terms.Rho = 0
	}
	if w.sabotage.forgetsStarts {
		terms.Late = 2 * time.Second
	}
	w.configurations = w.configurations && !w.restores // a backup may be older than the longer terms
	for i := range controllers {
		if w.alone && i > 0 {
			break
		}
		w.controllers = append(w.controllers, w.newController(i, w.stores[0], terms))
	}
	w.wanted = [placesInAll]int{anybody, anybody}
	if w.chaos > 0 {
		w.after(w.between(0, w.chaos), w.mishap)
	}
	if w.heals {
		w.after(tenMinutes/2, func() { w.drop, w.slow, w.twice, w.rivalry = 0, 0, 0, 0 })
	}
	if w.doubled && !w.alone {
		w.after(w.between(20*time.Second, 5*time.Minute), w.double)
	}
	if w.restores {
		w.after(w.between(10*time.Second, time.Minute), w.keep)
	}
}

// double gives the second controller a copy of the store to work on, which has a name of its own.
func (w *world) double() {
	w.note("the store is doubled")
	twin := w.newStore(1, "s2")
	twin.ledger.Places = w.stores[0].read().Places
	twin.ledger.Term, twin.ledger.Restored = w.stores[0].ledger.Term, true
	w.stores = append(w.stores, twin)
	w.controllers[1].crash(w.between(time.Second, 5*time.Second))
	w.controllers[1].store = twin
}

// keep makes a backup now and then.
func (w *world) keep() {
	w.stores[0].backup()
	w.after(w.between(20*time.Second, 2*time.Minute), w.keep)
}

// trouble is a kind of mishap.
type trouble int

const (
	crashes     trouble = iota // a machine loses power
	kills                      // a node's half is killed
	sleeps                     // a machine is suspended
	jumps                      // a clock goes back
	closes                     // a node is shut down cleanly
	deaths                     // a controller is killed
	stalls                     // a controller does nothing for a while
	outages                    // the store does not answer
	restores                   // a backup of the store is played back
	wishes                     // somebody wants another holder
	partings                   // a machine and a controller are parted
	blindness                  // a controller and the store are parted
	jams                       // what a controller and the store send each other is late, one way
	isolations                 // a machine is parted from all
	pauses                     // roles are paused
	misjudgment                // a machine is taken for dead
	refusals                   // a node answers and takes no grants
)

// all are the troubles of a hostile world; what happens more often is there twice.
func all() []trouble {
	return []trouble{
		crashes, kills, kills, sleeps, jumps, closes, deaths, stalls, outages, restores, wishes, wishes,
		partings, partings, blindness, jams, isolations, pauses, misjudgment, refusals,
	}
}

// mishap is one thing that goes wrong, preferably where it hurts.
func (w *world) mishap() {
	if w.heals && w.now >= tenMinutes/2 {
		return
	}
	w.after(time.Duration(w.ExpFloat64()*float64(w.chaos)), w.mishap)
	while := w.between(time.Second, 90*time.Second)
	switch which := w.troubles[w.IntN(len(w.troubles))]; which {
	case crashes, kills, sleeps, jumps, closes, refusals:
		w.hurt(w.victim(), which, while)
	case deaths, stalls, pauses, outages, restores:
		w.confuse(w.leader(), w.stores[0], which, while)
	case partings:
		w.part(w.victim().id, w.leader().id, while)
	case blindness:
		w.part(w.leader().id, w.stores[0].id, while)
	case jams:
		a, b := w.leader().id, w.stores[0].id
		if w.chance(0.5) {
			a, b = b, a
		}
		w.jam[a][b] = w.now + w.between(0, w.longest-time.Second)
	case isolations:
		m := w.victim()
		for other := range endpoints {
			w.part(m.id, other, while)
		}
	case wishes:
		place := w.IntN(placesInAll)
		w.wanted[place] = w.IntN(machines)
		if w.chance(0.1) {
			w.wanted[place] = nobody
		}
		w.after(while, func() { w.wanted[place] = anybody })
	case misjudgment:
		c, m := w.leader(), w.victim()
		c.dead[m.id] = true
		w.after(while, func() { c.dead[m.id] = false })
	}
}

func (w *world) hurt(m *machine, which trouble, while time.Duration) {
	switch which {
	case crashes:
		m.crash(while / 2)
	case kills:
		m.kill()
	case sleeps:
		m.sleep(while)
	case jumps:
		m.jump(while)
	case refusals:
		m.note("%s: takes no grants", m.serial)
		m.refuses = max(m.refuses, w.now+while)
	default:
		m.shutdown(while / 8)
	}
}

func (w *world) confuse(c *controller, s *store, which trouble, while time.Duration) {
	switch which {
	case deaths:
		c.crash(while / 4)
	case stalls:
		c.stall(while)
	case pauses:
		c.paused = true
		w.after(while/2, func() { c.paused = false })
	case outages:
		w.note("the store is down")
		s.down = true
		w.after(while, func() { s.down = false })
	default:
		if w.restores {
			s.restore()
		}
	}
}

// leader is a controller, the one who leads more often than not.
func (w *world) leader() *controller {
	for _, c := range w.controllers {
		if c.leading && w.chance(0.6) {
			return c
		}
	}
	return w.controllers[w.IntN(len(w.controllers))]
}

// victim is a machine, a holder more often than not.
func (w *world) victim() *machine {
	if place := placeOf(w.IntN(placesInAll)); w.chance(0.7) {
		if holder := w.stores[0].ledger.Places[place].Holder; holder != "" {
			return w.controllers[0].machine(holder)
		}
	}
	return w.machines[w.IntN(machines)]
}

// part cuts the network between two endpoints for a while, one way or both.
func (w *world) part(a, b int, while time.Duration) {
	w.note("%d and %d are parted", a, b)
	ways := w.IntN(3)
	w.cut[a][b], w.cut[b][a] = ways != 0 || w.cut[a][b], ways != 1 || w.cut[b][a]
	w.after(while, func() { w.cut[a][b], w.cut[b][a] = false, false })
}
