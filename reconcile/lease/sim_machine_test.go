package lease

import (
	"strconv"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// machine is one with a node's half, which gates a server, and a server without leases.
type machine struct {
	*world
	id           int
	serial       string
	clock        clock
	up, asleep   bool
	backlog      []func() // what happens as soon as it is awake
	sidecar      bool     // the node's half is there
	half         Node
	disk         Kept
	timer        int
	engines      [placesInAll]engine
	counted      [placesInAll]bool
	enabled      bool // the second place, in the server's database, which survives reboots
	bootsPassive bool
	fenced       int // which fence keeps it from its work; 0: none
	fences       int
	refuses      time.Duration // grants, until then
}

// engine is what runs of a place.
type engine struct {
	running bool
	hangs   bool // a stop does not end by itself
	change  int  // numbers what was begun, so that what was overtaken is not ended
}

func (w *world) newMachine(id int) *machine {
	m := &machine{world: w, id: id, serial: strconv.Itoa(1001 + id), bootsPassive: w.chance(0.4)}
	m.disk = Kept{Store: "s1"}
	m.clock = w.newClock(w.between(0, [...]time.Duration{time.Minute, 10 * time.Hour}[w.IntN(2)]))
	m.up = true
	if w.refusing && id == 0 {
		m.refuses = time.Hour
	}
	m.begin()
	return m
}

// do has the machine do something: now, when it wakes, or never.
func (m *machine) do(something func()) {
	switch {
	case !m.up:
	case m.asleep:
		m.backlog = append(m.backlog, something)
	default:
		something()
	}
}

// local is the machine's time.
func (m *machine) local() time.Duration { return m.clock.read(m.now) }

// begin starts the node's half.
func (m *machine) begin() {
	m.sidecar = true
	half, commands := Boot(m.disk, m.name("boot"), placeOf(leasedPlace))
	if m.sabotage.bootsActive {
		half.stays, commands = nil, nil
	}
	half, _ = half.Tick(m.local())
	m.take(half, commands)
}

// take makes a half the one in force, and does what it says.
func (m *machine) take(half Node, commands []Command) {
	m.half, m.disk = half, half.Kept
	if m.sabotage.forgetsEpochs {
		m.disk.Epochs = nil
	}
	for _, c := range commands {
		m.obey(c)
	}
	m.arm()
}

// arm sets the timer for the next tick.
func (m *machine) arm() {
	m.timer++
	due, ok := m.half.Next()
	if !ok {
		return
	}
	timer := m.timer
	m.after(m.clock.truly(due-m.local())+m.between(0, m.guard/8), func() {
		m.do(func() {
			if m.sidecar && timer == m.timer {
				m.tick()
			}
		})
	})
}

func (m *machine) tick() {
	if m.sabotage.trustsClock {
		m.half.latest = 0
	}
	m.take(m.half.Tick(m.local()))
}

func (m *machine) obey(c Command) {
	m.note("%s: %s", m.serial, c.Act)
	switch c.Act {
	case Start:
		m.starting(leasedPlace, func() bool { return m.local() <= c.By })
	case Stop:
		m.stopping(leasedPlace, m.between(0, m.stopWithin))
	case Force:
		within := m.guard / 2
		if m.sabotage.stopsLate {
			within = m.stopWithin
		}
		if !m.sabotage.neverForces || !m.engines[leasedPlace].running {
			m.engines[leasedPlace].hangs = false
			m.stopping(leasedPlace, m.between(0, within))
		}
	}
}

// starting starts a place in a while, unless something else was begun until then.
func (m *machine) starting(place int, still func() bool) {
	m.engines[place].change++
	change := m.engines[place].change
	m.after(m.between(0, 2*time.Second), func() {
		m.do(func() {
			switch {
			case m.engines[place].change != change:
			case still():
				m.set(place, true)
			default:
				m.stopped(place)
			}
		})
	})
}

// stopping stops a place after a while, unless it hangs or something else was begun until then.
func (m *machine) stopping(place int, d time.Duration) {
	m.engines[place].change++
	change := m.engines[place].change
	m.after(d, func() {
		m.do(func() {
			if e := &m.engines[place]; e.change == change && !e.hangs {
				m.stopped(place)
			}
		})
	})
}

func (m *machine) stopped(place int) {
	m.engines[place].change++
	m.set(place, false)
	if place == leasedPlace && m.sidecar {
		m.half = m.half.Stopped(placeOf(place))
		m.arm()
	}
}

func (m *machine) set(place int, running bool) {
	m.engines[place].running = running
	if running {
		m.engines[place].hangs = m.chance(0.1) && place == leasedPlace
	}
	m.count()
}

// count is the judge: it sees who runs what, whenever that changes.
func (m *machine) count() {
	for place := range placesInAll {
		runs := m.up && !m.asleep && m.engines[place].running && (place != confirmedPlace || m.fenced == 0)
		if runs == m.counted[place] {
			continue
		}
		m.account()
		m.counted[place] = runs
		m.running[place] += map[bool]int{true: 1, false: -1}[runs]
		m.note("%s: %s runs: %v", m.serial, placeOf(place), runs)
		judged := place == leasedPlace || !m.doubled
		if m.running[place] > 1 && judged && m.violation == "" {
			m.violation = placeOf(place).String() + " has two holders at " + m.now.String()
		}
	}
}

// answer is what a probe is answered.
func (m *machine) answer() schema.Tenure {
	m.tick()
	t := m.half.Tenure(m.local())
	if m.sabotage.anyStore {
		t.Store = ""
	}
	rack := schema.Tenant{State: schema.Passive}
	switch {
	case m.enabled:
		rack.State = schema.Active
	case m.engines[confirmedPlace].running && !m.sabotage.believesStops:
		rack.State = schema.Stopping
	}
	t.Places[placeOf(confirmedPlace)] = rack
	if pump, ok := t.Places[placeOf(leasedPlace)]; ok && pump.State == schema.Stopping && m.sabotage.stoppingIsPassive {
		pump.State = schema.Passive
		t.Places[placeOf(leasedPlace)] = pump
	}
	return t
}

func (m *machine) granted(g schema.Grant) {
	if m.now < m.refuses {
		return
	}
	if m.sabotage.fromReceipt {
		g.Until += m.local() - (g.Until - m.ttlOf(g))
	}
	if m.sabotage.anyBoot {
		g.Boot = m.half.boot
	}
	if m.sabotage.anyStore {
		g.Store = m.half.Kept.Store
	}
	if m.sabotage.anyEpoch {
		g.Epoch = max(g.Epoch, m.half.Kept.Epochs[g.Place])
	}
	if m.sabotage.stopsLate {
		g.StopWithin = 0
	}
	if m.sabotage.trustsClock {
		m.half.latest = 0
	}
	half, commands, err := m.half.Grant(g, m.local())
	m.note("%s: grant at %d: %v", m.serial, g.Epoch, err)
	m.take(half, commands)
}

// ttlOf is what all controllers grant, in worlds in which that is asked.
func (m *machine) ttlOf(schema.Grant) time.Duration { return m.controllers[0].terms.TTL }

func (m *machine) revoked(r schema.Revoke) {
	half, commands, err := m.half.Revoke(r, m.local())
	m.note("%s: revoke below %d: %v", m.serial, r.Epoch, err)
	m.take(half, commands)
}

// switched is the second place, switched on or off in the server's database.
func (m *machine) switched(on bool) {
	m.note("%s: %s switched %v", m.serial, placeOf(confirmedPlace), on)
	m.enabled = on
	if on {
		m.starting(confirmedPlace, func() bool { return m.enabled })
	} else {
		m.stopping(confirmedPlace, m.between(0, m.stopWithin))
	}
}

// kill ends the node's half. Its supervisor starts it again, and nothing runs any more within stopWithin.
func (m *machine) kill() {
	if !m.sidecar || m.engines[leasedPlace].hangs {
		return // that a stop hangs while nobody can force it is more than the protocol bears
	}
	m.note("%s: sidecar killed", m.serial)
	m.sidecar = false
	if !m.engines[leasedPlace].running {
		m.engines[leasedPlace].change++
	}
	m.after(m.between(0, m.stopWithin-m.guard/2), func() {
		m.do(func() {
			if !m.sidecar {
				m.begin()
			}
		})
	})
}

// crash is a loss of power. The server without leases comes back as its database says.
func (m *machine) crash(down time.Duration) {
	if !m.up {
		return
	}
	m.note("%s: power lost", m.serial)
	m.up, m.asleep, m.sidecar, m.backlog = false, false, false, nil
	for place := range m.engines {
		m.engines[place] = engine{change: m.engines[place].change + 1}
	}
	m.count()
	m.after(down, m.boot)
}

func (m *machine) boot() {
	m.note("%s: boots", m.serial)
	m.up = true
	m.clock.start(0, m.now)
	m.enabled = m.enabled && !m.bootsPassive
	m.begin()
	if m.enabled {
		m.starting(confirmedPlace, func() bool { return m.enabled })
	}
}

// sleep suspends the machine. Its clock runs on. What it does first after it woke is to drop its leases.
func (m *machine) sleep(d time.Duration) {
	if !m.up || m.asleep {
		return
	}
	m.note("%s: sleeps", m.serial)
	m.asleep = true
	if m.sabotage.clockSleeps {
		m.clock.stop(m.now)
	}
	m.count()
	m.after(d, m.wake)
}

func (m *machine) wake() {
	if !m.up || !m.asleep {
		return
	}
	m.note("%s: wakes", m.serial)
	m.asleep = false
	if m.sabotage.clockSleeps {
		m.clock.start(m.clock.shown, m.now)
	} else if m.sidecar {
		m.take(m.half.Drop())
		m.stopped(leasedPlace)
	} else {
		m.set(leasedPlace, false)
	}
	m.count()
	backlog := m.backlog
	m.backlog = nil
	for _, something := range backlog {
		m.do(something)
	}
}

// jump sets the clock back, as the restore of a virtual machine may.
func (m *machine) jump(d time.Duration) {
	if !m.up || m.asleep || !m.sidecar {
		return
	}
	m.note("%s: clock goes back by %v", m.serial, d)
	m.tick() // as every second
	m.clock.start(max(m.local()-d, 0), m.now)
	m.tick()
}

// shutdown is a clean one: the half drops its leases, says so, and starts again after a while.
func (m *machine) shutdown(down time.Duration) {
	if !m.up || m.asleep || !m.sidecar {
		return
	}
	m.note("%s: closes", m.serial)
	m.take(m.half.Drop())
	m.stopped(leasedPlace)
	for _, c := range m.controllers {
		m.send(m.id, c.id, func() { c.do(func() { c.closed(m) }) })
	}
	m.sidecar = false
	m.after(down, func() {
		m.do(func() {
			if !m.sidecar {
				m.begin()
			}
		})
	})
}

// fence keeps the server without leases from its work until it is lifted, whatever is rebooted.
func (m *machine) fence() {
	m.note("%s: fenced", m.serial)
	m.fences++
	m.fenced = m.fences
	m.count()
}

func (m *machine) lift(fence int) {
	if m.fenced == fence && fence > 0 {
		m.note("%s: fence lifted", m.serial)
		m.fenced = 0
		m.count()
	}
}
