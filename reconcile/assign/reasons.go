package assign

import (
	"fmt"
	"slices"
)

// candidates are all that may hold the role, and what is to be said of each.
func (t *table) candidates(next []int) []Candidate {
	all := make([]Candidate, 0, len(t.about))
	nextAt := t.nextAt(next)
	field := t.stepIn(t.stepped(func(*chair) bool { return true }), t.seatedAt)
	for _, i := range t.about {
		serial := t.peers[i].serial
		reason := "not electable"
		if rank, ok := t.rank[serial]; ok {
			reason = t.reason(rank, nextAt[rank], field[rank])
		}
		all = append(all, Candidate{serial, reason})
	}
	return all
}

// nextAt is by rank the first place that a candidate is next for, or nobody.
func (t *table) nextAt(next []int) []int {
	at := make([]int, len(t.ranked))
	for rank := range at {
		at[rank] = nobody
	}
	for i, rank := range slices.Backward(next) {
		if rank >= 0 {
			at[rank] = i
		}
	}
	return at
}

// reason is what there is to say of a candidate.
func (t *table) reason(rank, next int, stepsIn bool) string {
	c := t.ranked[rank]
	switch {
	case t.seatedAt(rank):
		return t.holding(rank)
	case c.standing == leaving:
		return t.absent(c.peer) + ": its roles are released"
	case c.standing == lost:
		return t.verdict(c.peer)
	case c.standing == staying:
		return t.absent(c.peer) + ": gets nothing new"
	case c.backup && !stepsIn:
		return "not eligible: " + t.waitsFor(rank) + t.nextFor(next, "; ")
	case next != nobody:
		return "ready: " + t.nextFor(next, "")
	case !t.role.Failover:
		return "ready: no failover, only by switchover"
	default:
		return "ready: all places are held"
	}
}

// nextFor is what a candidate is next for, if it is.
func (t *table) nextFor(next int, joint string) string {
	if next == nobody {
		return ""
	}
	return joint + "next for " + t.chairs[next].place()
}

// holding is what there is to say of who has a place, or is to have one.
func (t *table) holding(rank int) string {
	c := &t.chairs[t.at[rank]]
	says := "holds " + c.place()
	if c.seating.Holder != t.ranked[rank].serial {
		says = "takes " + c.place()
	}
	switch {
	case c.kept != "":
		return says + ": " + c.kept
	case t.ranked[rank].standing == staying:
		return says + ", and gets nothing else: " + t.absent(t.ranked[rank].peer)
	default:
		return says
	}
}

// waitsFor is what a backup waits for.
func (t *table) waitsFor(rank int) string {
	s := t.scopeOf(rank)
	switch {
	case s.productions == 0:
		return "backup, and its group has no production"
	case t.need(s, s.lost) == 0:
		return "backup, production " + t.online(s)
	default:
		return fmt.Sprintf("backup, and others step in for %s", plural(t.need(s, s.lost), "lost production"))
	}
}

// online is the first production that is not lost.
func (t *table) online(s *scope) string {
	c := t.ranked[s.online]
	if c.standing == ready {
		return c.serial + " online"
	}
	return c.serial + " not lost: " + t.absent(c.peer)
}
