package assign

import (
	"cmp"
	"slices"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
)

// fill seats somebody on every free chair, from the top: whoever is first in the next lower seat that has
// somebody who can move (IPL-25, IPL-26), at last who is first among the seatless. Who can move is given by chair.
func (t *table) fill(sitting []int) {
	seatless := t.seatless()
	for i := range t.chairs[:t.places] {
		c := &t.chairs[i]
		for len(sitting) > 0 && t.chairs[sitting[0]].seat <= c.seat {
			sitting = sitting[1:]
		}
		switch {
		case c.who != nobody:
		case len(sitting) > 0:
			t.moveUp(sitting[0], i)
			sitting = sitting[1:]
		case len(seatless) > 0:
			t.put(seatless[0], i)
			seatless = seatless[1:]
		}
	}
}

// sitting are the chairs of those that can move up, by seat, then by rank. Who is needed no longer, and only stays
// until its place has settled, does not.
func (t *table) sitting() []int {
	leaves := func(int) bool { return false }
	if t.role.Failback {
		want := t.byRank()
		leaves = func(who int) bool { return want.at[who] == nobody }
	}
	var chairs []int
	for i := range t.chairs[:t.places] {
		if c := t.chairs[i]; c.who >= 0 && !c.fixed && !leaves(c.who) {
			chairs = append(chairs, i)
		}
	}
	slices.SortStableFunc(chairs, func(a, b int) int {
		return cmp.Or(cmp.Compare(t.chairs[a].seat, t.chairs[b].seat), cmp.Compare(t.chairs[a].who, t.chairs[b].who))
	})
	return chairs
}

// moveUp seats who sits on one chair on a higher one. Its own is left as planned, for its holder is well.
func (t *table) moveUp(from, to int) {
	rank := t.chairs[from].who
	t.free(from, lease.Switchover, t.ranked[rank].serial+" moves up to "+t.chairs[to].place())
	t.put(rank, to)
}

// seatless are those of the field that have no place, first who comes first.
func (t *table) seatless() []int {
	field := t.stepIn(t.stepped(func(*chair) bool { return true }), t.seatedAt)
	var ranks []int
	for rank := range t.ranked {
		if field[rank] && !t.seatedAt(rank) {
			ranks = append(ranks, rank)
		}
	}
	slices.SortStableFunc(ranks, t.first)
	return ranks
}

// first orders two of the seatless.
func (t *table) first(a, b int) int {
	if t.role.First == "arrival" {
		return cmp.Or(t.ranked[a].Since.Compare(t.ranked[b].Since), cmp.Compare(a, b))
	}
	return cmp.Compare(a, b)
}

func (t *table) seatedAt(rank int) bool { return t.at[rank] != nobody }
