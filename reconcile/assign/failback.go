package assign

import (
	"fmt"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
)

// failBack seats by rank, where that is possible now. What would change is taken apart into what cannot be
// done without each other (whoever moves, and whom they make move), so that each may wait for itself.
func (t *table) failBack() {
	if !t.role.Failback {
		return
	}
	want := t.byRank()
	seen := make([]bool, t.places)
	for i := range seen {
		if seen[i] || want.who[i] == t.chairs[i].who {
			continue
		}
		chairs := t.together(i, want, seen)
		if until := t.unsettled(chairs, want); t.in.Now.Before(until) && !t.askedFor(chairs, want) {
			t.postpone(chairs, want, until)
		} else {
			t.reseat(chairs, want)
		}
	}
	t.relabel()
}

// relabel says anew why healthy holders move, where that was said before everything went by rank.
func (t *table) relabel() {
	for i := range t.chairs[:t.places] {
		c := &t.chairs[i]
		rank, known := t.rank[c.seating.Holder]
		if !known || c.kind != lease.Switchover || t.ranked[rank].standing != ready || c.who == rank {
			continue
		}
		if at := t.at[rank]; at != nobody && at < i {
			c.cause = t.ranked[rank].serial + " moves up to " + t.chairs[at].place()
			continue
		}
		c.kind, c.cause = lease.Failback, t.precedence(rank, c.who)
	}
}

// together are the chairs that change with one: where who sits there goes, where who is to sit there comes from,
// and so on.
func (t *table) together(i int, want ranking, seen []bool) []int {
	chairs := []int{i}
	seen[i] = true
	for n := 0; n < len(chairs); n++ {
		for _, next := range t.beside(chairs[n], want) {
			if next != nobody && !seen[next] {
				seen[next] = true
				chairs = append(chairs, next)
			}
		}
	}
	return chairs
}

// beside are the chairs that who sits on one goes to, and that who is to sit there comes from.
func (t *table) beside(i int, want ranking) [2]int {
	next := [2]int{nobody, nobody}
	if who := t.chairs[i].who; who >= 0 {
		next[0] = want.at[who]
	}
	if who := want.who[i]; who >= 0 {
		next[1] = t.at[who]
	}
	return next
}

// unsettled is until when any of the chairs stays, because of a recovery that has to do with a group that gains. Those
// that change hands anyway do it once, and go by rank at once.
func (t *table) unsettled(chairs []int, want ranking) time.Time {
	groups := map[string]bool{}
	for _, i := range chairs {
		if who := want.who[i]; who >= 0 {
			groups[t.ranked[who].group] = true
		}
	}
	var last time.Time
	for _, i := range chairs {
		if t.holder(&t.chairs[i]) != t.chairs[i].seating.Holder {
			continue
		}
		group, until := t.settles(&t.chairs[i], lease.Failback)
		if (groups[group] || want.who[i] < 0) && until.After(last) { // nobody says who makes a backup leave
			last = until
		}
	}
	return last
}

// askedFor tells whether somebody asked for one of the seatings.
func (t *table) askedFor(chairs []int, want ranking) bool {
	for _, i := range chairs {
		who := want.who[i]
		if who >= 0 && t.asked(i) == t.ranked[who].serial {
			return true
		}
	}
	return false
}

// postpone says of chairs that they go by rank later.
func (t *table) postpone(chairs []int, want ranking, until time.Time) {
	for _, i := range chairs {
		c := &t.chairs[i]
		if c.kept == "" {
			c.kept, c.until = t.later(c.who, want.who[i], until), until
		}
	}
}

// later says what becomes of a place when it has settled.
func (t *table) later(old, now int, until time.Time) string {
	if now < 0 {
		return fmt.Sprintf("%s is needed no longer, and gives it up at %s, when it has settled", named(t.serial(old)), t.clock(until))
	}
	return fmt.Sprintf("%s takes it back at %s, when it has settled", t.serial(now), t.clock(until))
}

// reseat makes chairs go by rank.
func (t *table) reseat(chairs []int, want ranking) {
	for _, i := range chairs {
		if who := t.chairs[i].who; who >= 0 {
			t.at[who] = nobody
		}
	}
	for _, i := range chairs {
		c := &t.chairs[i]
		if c.kind == "" {
			c.kind, c.cause = lease.Failback, t.precedence(c.who, want.who[i])
		}
		c.who = want.who[i]
		if c.who >= 0 {
			t.at[c.who] = i
		}
	}
}

// precedence is why one makes room for another.
func (t *table) precedence(old, now int) string {
	switch {
	case old < 0:
		return "seats go by rank"
	case now < 0:
		return t.ranked[old].serial + " is needed no longer"
	case now < old:
		return t.ranked[now].serial + " comes before " + t.ranked[old].serial
	default:
		return t.ranked[old].serial + " moves up"
	}
}
