//go:build sftpgo

package main

import (
	"encoding/json"
	"slices"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
)

// killed: the machine of the holder is lost. Nobody follows before a person vouches for it. It comes back with the rule
// off, so it may be reached by partners at once.
func (p *party) killed() {
	holder := p.holder()
	p.bootsPassive(holder)
	from := p.now()
	p.servers[holder].Kill()
	p.attested(from, holder)
	from = p.now()
	p.restart(holder)
	p.says(from, holder+`: LIVE`)
	p.names.next()
}

// stopped: the same of a server that is stopped in order, and comes back as it was: with the rule on. Partners reach
// it again once the controller has switched it off.
func (p *party) stopped() {
	holder := p.holder()
	p.bootsAsItWas(holder)
	from := p.now()
	if err := p.servers[holder].Stop(); err != nil {
		p.t.Error(err)
	}
	p.attested(from, holder)
	p.names.close(holder, true)
	p.names.next()
	from = p.now()
	p.restart(holder)
	p.says(from, holder+`: switched off what report/0 runs`)
	p.names.close(holder, false)
	p.names.next()
}

// attested: a person has made sure that the holder is off, which it is.
func (p *party) attested(from int, holder string) {
	p.t.Helper()
	p.says(from, `report/0 is BLOCKED: .*: reconciler roles attest `+holder+` stopped`)
	blocked := p.names.next()
	p.names.next()
	if told := p.names.tellers(blocked); len(told) > 0 {
		p.t.Errorf("%s is lost, nobody follows, and %v told of an upload", holder, told)
	}
	p.reconciler("roles", "attest", holder, "stopped")
	p.moved(from, holder)
}

// moved waits until another than the holder has the role, and its rule tells of uploads.
func (p *party) moved(from int, holder string) {
	p.t.Helper()
	next := p.says(from, `<> report/0: `+holder+` -> (\d+), epoch`)[1]
	p.says(from, next+`: switched on what report/0 runs`)
	p.names.tells(next)
}

// succeeded: the controller is killed. The holder goes on with its work, and the next controller moves the role as planned.
func (p *party) succeeded() {
	holder := p.holder()
	p.kill()
	p.names.tells(holder)
	p.served = newServed(p.t, p.served.dir)
	for serial := range p.servers {
		p.says(0, serial+`: LIVE`)
	}
	p.switchedOver()
}

// switchedOver: the role moves as planned.
func (p *party) switchedOver() {
	holder := p.holder()
	others := without(serialsOf(p.servers), holder)
	from := p.now()
	p.reconciler("roles", "switchover", "report", "--to", others[1])
	p.moved(from, holder)
}

// restarted: the holder is restarted, as for a new version, with the rule off. Meanwhile no role moves; it is switched on again.
func (p *party) restarted() {
	holder := p.holder()
	p.bootsPassive(holder)
	p.reconciler("roles", "pause", "--reason", "a new version")
	from := p.now()
	p.restart(holder)
	p.says(from, holder+`: switched on what report/0 runs`)
	p.names.tells(holder)
	for !p.lives(holder) {
		p.names.next()
	}
	p.reconciler("roles", "resume")
}

// cutOff: the controller does not reach the holder any more, which goes on with its work. So nobody follows, until it is
// reached again: then it is stopped first.
func (p *party) cutOff() {
	holder := p.holder()
	from := p.now()
	p.gates[holder].cut.Store(true)
	p.says(from, `report/0 is BLOCKED: `)
	p.names.tells(holder)
	p.gates[holder].cut.Store(false)
	p.moved(from, holder)
}

// cameBackActive: what was attested is not so. A server that comes back with its rule on, and that partners reach, tells
// of uploads beside the new holder until the controller has switched it off. It returns the names of that time.
func (p *party) cameBackActive() (from, to int) {
	holder := p.holder()
	p.bootsAsItWas(holder)
	said := p.now()
	p.servers[holder].Kill()
	p.attested(said, holder)
	p.gates[holder].cut.Store(true) // so that the time is not over before it is seen
	from = p.names.next()
	p.restart(holder)
	p.names.wait("told of by two", func(_, told []string) bool { return len(distinct(told)) == 2 })
	said = p.now()
	p.gates[holder].cut.Store(false)
	p.says(said, holder+`: switched off what report/0 runs`)
	return from, p.names.next()
}

// alone: without a serve, and the rule on everywhere, each server tells of each upload. It returns the first of these.
func (p *party) alone() int {
	p.stop()
	from := p.names.next()
	for serial := range p.servers {
		p.switchOn(serial)
	}
	first := p.names.next()
	p.names.next()
	for name := first; name < first+2; name++ {
		if told := distinct(p.names.tellers(name)); len(told) != len(p.servers) {
			p.t.Errorf("left alone, %v told of %s, want all", told, nameOf(name))
		}
	}
	return from
}

// lives tells whether a peer is LIVE.
func (p *party) lives(serial string) bool {
	var status roles.Status
	if err := json.Unmarshal(p.reconciler("roles", "-o", "json"), &status); err != nil {
		p.t.Fatal(err)
	}
	return slices.ContainsFunc(status.Peers, func(v health.View) bool { return v.Serial == serial && v.Verdict == health.Live })
}
