package assign

import (
	"fmt"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
)

// follow decides on a role that goes with another: place by place it is held where that is (CLEO-78).
func (r roster) follow(name string, lead *table) *table {
	own := r.in.Cluster.Roles[name]
	if lead == nil { // it goes with itself, or with none; no rule lets that pass
		return &table{roster: r, name: name, role: own}
	}
	t := &table{
		roster: r, name: name, role: lead.role,
		about: lead.about, ranked: lead.ranked, rank: lead.rank, scopes: lead.scopes, places: lead.places,
	}
	t.role.Runs, t.role.Spread, t.role.Work = own.Runs, own.Spread, own.Work
	t.seat()
	t.refer(lead.name)
	if r.in.Frozen != "" {
		t.hold("frozen: " + r.in.Frozen)
		return t
	}
	targets := make([]int, t.places)
	for i := range targets {
		targets[i] = t.target(i, lead)
	}
	t.copy(lead, targets)
	if r.in.Paused != "" {
		t.hold("paused: " + r.in.Paused)
	}
	return t
}

// refer refuses what was asked for: it is to be asked of the lead.
func (t *table) refer(lead string) {
	for i := range t.chairs[:t.places] {
		if asked := t.asked(i); asked != "" {
			t.chairs[i].refused = fmt.Sprintf("no switchover to %s: it goes with %s, ask for that", asked, lead)
		}
	}
}

// target is who is to sit on a chair. Whom the lead only keeps (lost, or UNKNOWN) gets nothing new here.
func (t *table) target(i int, lead *table) int {
	own, who := t.chairs[i].who, lead.chairs[i].who
	goes := own >= 0 && lead.seatedAt(own) // to another place
	switch {
	case !lead.movesNow(i) && (!goes || !lead.movesNow(lead.at[own])):
		return own
	case who == own, who == nobody, who >= 0 && t.ranked[who].standing == ready && lead.movesNow(i):
		return who
	case own < 0, goes, t.ranked[own].standing == lost:
		return nobody
	default:
		return own
	}
}

// movesNow tells whether what is decided of a chair is done now: while paused that is what was asked for, or under way.
func (t *table) movesNow(i int) bool {
	return t.in.Paused == "" || t.holder(&t.chairs[i]) != t.chairs[i].seating.Holder
}

// copy seats everyone where they are to sit.
func (t *table) copy(lead *table, targets []int) {
	for i := range targets {
		t.leaveAs(i, targets[i], lead)
	}
	for i := t.places; i < len(t.chairs) && t.in.Paused == ""; i++ {
		t.free(i, lease.Release, "it goes with "+lead.name+", which has fewer places")
	}
	for i, rank := range targets {
		if rank < 0 {
			t.chairs[i].who = rank
			continue
		}
		if from := t.at[rank]; from != nobody && from != i {
			t.free(from, lease.Switchover, "it goes with "+lead.name)
		}
		t.put(rank, i)
	}
}

// leaveAs frees a chair that somebody else is to have, and says what there is to say of it.
func (t *table) leaveAs(i, target int, lead *table) {
	c := &t.chairs[i]
	c.kept, c.until = lead.chairs[i].kept, lead.chairs[i].until
	switch {
	case target != c.who || c.who == outsider:
		c.asked = lead.chairs[i].asked
		t.free(i, t.kindAs(i, &lead.chairs[i]), "it goes with "+lead.name)
	case c.kept == "" && c.who >= 0 && !alive(t.ranked[c.who].peer):
		c.kept = t.verdict(t.ranked[c.who].peer) + "; " + lead.name + " is held by a peer that gets nothing new"
	}
}

// kindAs is the kind of the move that its lead's chair makes, if it leaves the same holder.
func (t *table) kindAs(i int, led *chair) lease.Kind {
	if led.seating.Holder == t.chairs[i].seating.Holder {
		return led.kind
	}
	return lease.Switchover
}
