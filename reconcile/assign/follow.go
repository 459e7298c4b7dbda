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
	if r.in.Frozen != "" {
		t.hold("frozen: " + r.in.Frozen)
		return t
	}
	t.copy(lead, t.targets(lead))
	return t
}

// targets are who is to sit on each chair. Whom the lead only keeps (lost, or UNKNOWN) gets nothing new here.
func (t *table) targets(lead *table) []int {
	targets := make([]int, t.places)
	for i := range targets {
		own, who := t.chairs[i].who, lead.chairs[i].who
		switch {
		case who == own, who == nobody, who >= 0 && t.ranked[who].standing == ready && (t.in.Paused == "" || lead.chairs[i].kind != ""):
			targets[i] = who
		case t.in.Paused != "":
			targets[i] = own
		case own < 0 || lead.seatedAt(own) || t.ranked[own].standing == lost:
			targets[i] = nobody
		default:
			targets[i] = own
		}
	}
	return targets
}

// copy seats everyone where they are to sit.
func (t *table) copy(lead *table, targets []int) {
	for i := range t.chairs {
		c := &t.chairs[i]
		if i >= t.places {
			t.free(i, lease.Release, "it goes with "+lead.name+", which has fewer places")
			continue
		}
		c.kept, c.until = lead.chairs[i].kept, lead.chairs[i].until
		if t.asked(i) != "" {
			c.refused = fmt.Sprintf("no switchover to %s: it goes with %s, ask for that", t.asked(i), lead.name)
		}
		if targets[i] != c.who || c.who == outsider {
			kind := t.kindAs(i, &lead.chairs[i])
			t.free(i, kind, "it goes with "+lead.name)
		} else if c.kept == "" && c.who >= 0 && !alive(t.ranked[c.who].peer) {
			c.kept = t.verdict(t.ranked[c.who].peer) + "; " + lead.name + " is held by a peer that gets nothing new"
		}
	}
	for i, rank := range targets {
		if rank >= 0 {
			t.put(rank, i)
		} else {
			t.chairs[i].who = rank
		}
	}
}

// kindAs is the kind of the move that its lead's chair makes.
func (t *table) kindAs(i int, led *chair) lease.Kind {
	who := t.chairs[i].who
	switch {
	case who >= 0 && t.ranked[who].standing == lost:
		return lease.Failover
	case led.kind != "":
		return led.kind
	default:
		return lease.Switchover
	}
}
