package assign

import (
	"fmt"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// asked is whom somebody wishes to have a place; "": nobody wishes anything.
func (t *table) asked(i int) string {
	return t.in.Asked[schema.Place{Role: t.name, Number: t.chairs[i].number}]
}

// grant does what was asked for. Who fails back goes by rank, also then: there a wish only cuts settling short.
func (t *table) grant() {
	for i := range t.chairs[:t.places] {
		serial := t.asked(i)
		if serial == "" {
			continue
		}
		c := &t.chairs[i]
		rank, ok := t.rank[serial]
		switch why := t.refuses(rank, ok, i); {
		case ok && c.who == rank:
			c.fixed = !t.role.Failback
		case why != "":
			c.refused = fmt.Sprintf("no switchover to %s: %s", serial, why)
		case !t.role.Failback:
			t.exchange(rank, i)
		}
	}
}

// answer says of everything that was asked for and is not done why it is not.
func (t *table) answer() {
	for i := range t.chairs[:t.places] {
		c, why := &t.chairs[i], "seats go by rank, since the role fails back"
		switch {
		case t.in.Frozen != "":
			why = "frozen: " + t.in.Frozen
		case t.in.Paused != "":
			why = "paused, and seats go by rank"
		}
		switch asked := t.asked(i); {
		case asked == t.holder(c):
			c.refused = ""
		case asked != "" && c.refused == "":
			c.refused = fmt.Sprintf("no switchover to %s: %s", asked, why)
		}
	}
}

// refuses is why a candidate cannot have a place that was asked for it; "" if it can.
func (t *table) refuses(rank int, known bool, i int) string {
	switch {
	case !known:
		return "it is not eligible"
	case t.ranked[rank].standing != ready:
		return t.absent(t.ranked[rank].peer)
	case t.ranked[rank].backup && !t.stepsIn(rank, i):
		return t.waitsFor(rank)
	case t.seatedAt(rank) && t.at[rank] < t.places && t.chairs[t.at[rank]].seat == t.chairs[i].seat:
		return fmt.Sprintf("it holds %s, which is as good", t.chairs[t.at[rank]].place())
	default:
		return ""
	}
}

// stepsIn tells whether a backup is needed, or would take the place of another that is (CLEO-18).
func (t *table) stepsIn(rank, i int) bool {
	s := t.scopeOf(rank)
	who := t.chairs[i].who
	return t.need(s, s.lost) > 0 || t.seatedAt(rank) && t.at[rank] < t.places || who >= 0 && t.ranked[who].backup && t.scopeOf(who) == s
}

// exchange seats a candidate where it was asked for. Who sat there gets its place, if it had one.
func (t *table) exchange(rank, i int) {
	c := &t.chairs[i]
	old, from := c.who, t.at[rank]
	t.free(i, lease.Switchover, "asked for")
	if from != nobody {
		t.free(from, lease.Switchover, t.ranked[rank].serial+" was asked for at "+c.place())
		if old >= 0 && from < t.places && t.ranked[old].standing == ready {
			t.put(old, from)
		}
	}
	t.put(rank, i)
	c.fixed, c.asked = true, true
}
