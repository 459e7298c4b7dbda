package assign

import (
	"fmt"
	"slices"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// outsider is in the place of a rank where the holder is none of the eligible, or holds another place too.
const outsider = -2

// seat sets the chairs up as they were left.
func (t *table) seat() {
	t.at = make([]int, len(t.ranked))
	for rank := range t.at {
		t.at[rank] = nobody
	}
	t.chairs = make([]chair, 0, t.places)
	for number := range t.places {
		t.add(number)
	}
	for _, number := range t.seated[t.name] {
		if number >= t.places {
			t.add(number)
		}
	}
}

// wanted is how many places there are to be. Of those that could only be empty there are none, but for the first.
func (t *table) wanted() int {
	switch t.role.Holders.Named {
	case "all":
		return len(t.ranked)
	case "productions":
		return t.productions()
	default:
		return min(t.role.Holders.Count, max(1, len(t.ranked), t.held()))
	}
}

// held is how many places there are up to the last that somebody has or is to get.
func (t *table) held() int {
	for _, number := range slices.Backward(t.seated[t.name]) {
		s := t.in.Previous[schema.Place{Role: t.name, Number: number}]
		if s.Holder != "" || s.Move != nil && s.Move.To != "" {
			return number + 1
		}
	}
	return 0
}

// add puts a chair behind the others, and in it who sat there.
func (t *table) add(number int) {
	c := chair{number: number, seating: t.in.Previous[schema.Place{Role: t.name, Number: number}], who: nobody}
	if n := len(t.role.Seats); n > 0 {
		c.name = t.role.Seats[min(number, n-1)]
	}
	if n := len(t.chairs); n > 0 {
		c.seat = t.chairs[n-1].seat
		if t.chairs[n-1].name != c.name {
			c.seat++
		}
	}
	t.sit(&c)
	if c.who >= 0 {
		t.at[c.who] = len(t.chairs)
	}
	t.chairs = append(t.chairs, c)
}

// sit finds who sits on a chair: its holder, or whom a move is under way to, if that can be gone on with.
func (t *table) sit(c *chair) {
	if m := c.seating.Move; m != nil && t.in.Frozen == "" {
		rank, ok := t.rank[m.To]
		if ok && t.ranked[rank].standing == ready && t.at[rank] == nobody {
			c.who = rank
		}
		if c.who >= 0 || m.To == "" {
			c.kind, c.cause = m.Kind, m.Cause
			return
		}
	}
	if c.seating.Holder == "" {
		return
	}
	rank, ok := t.rank[c.seating.Holder]
	switch {
	case !ok:
		c.who, c.kind, c.cause = outsider, lease.Switchover, c.seating.Holder+" is not eligible"
	case t.at[rank] != nobody:
		c.who, c.kind, c.cause = outsider, lease.Release, fmt.Sprintf("%s holds %s too", c.seating.Holder, t.chairs[t.at[rank]].place())
	default:
		c.who = rank
	}
}

// place is a place as people see it: its number, and what it is called.
func (c *chair) place() string {
	if c.name == "" {
		return fmt.Sprintf("place %d", c.number)
	}
	return fmt.Sprintf("place %d (%s)", c.number, c.name)
}

// put seats a candidate on a chair, and takes it away from where it sat.
func (t *table) put(rank, i int) {
	if from := t.at[rank]; from != nobody {
		t.chairs[from].who = nobody
	}
	t.chairs[i].who = rank
	t.at[rank] = i
}

// free takes whoever sits on a chair away from it.
func (t *table) free(i int, kind lease.Kind, cause string) {
	c := &t.chairs[i]
	if c.who >= 0 {
		t.at[c.who] = nobody
	}
	c.who, c.fixed, c.kind, c.cause = nobody, false, kind, cause
}
