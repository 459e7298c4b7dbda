package assign

import (
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// holder is who shall hold a place.
func (t *table) holder(c *chair) string {
	switch {
	case c.who >= 0:
		return t.ranked[c.who].serial
	case c.who == outsider:
		return c.seating.Holder
	default:
		return ""
	}
}

// moves are those that lead to what was decided.
func (t *table) moves() []Move {
	var moves []Move
	if t.in.Frozen != "" {
		return nil
	}
	for i := range t.chairs {
		c := &t.chairs[i]
		to := t.holder(c)
		if to == c.seating.Holder && c.seating.Move == nil {
			continue
		}
		place := schema.Place{Role: t.name, Number: c.number}
		moves = append(moves, Move{place, c.seating.Holder, t.move(c, to), t.role.Work})
	}
	return moves
}

// move is how a place comes to its holder. One that is under way to it is gone on with. Whatever else there is to say,
// a move from a lost holder is a failover, unless somebody asked for it.
func (t *table) move(c *chair, to string) lease.Move {
	m := lease.Move{To: to, Kind: c.kind, Began: t.in.Now, Cause: c.cause}
	before := c.seating.Move
	switch {
	case before != nil && before.To == to:
		return *before
	case before != nil && to == c.seating.Holder:
		m.Kind, m.Cause = before.Kind, "it stays, and does not go to "+named(before.To)
	case c.seating.Holder == "":
		m.Kind, m.Cause = lease.First, "nobody held it"
	case t.absentee(c.seating.Holder) && !c.asked:
		m.Kind = lease.Failover
	case to == "":
		m.Kind = lease.Release
	case m.Kind != lease.Failback:
		m.Kind = lease.Switchover
	}
	return m
}

// absentee tells whether a peer is known to be lost, or to be unfit for the role.
func (t *table) absentee(serial string) bool {
	return t.gone(serial) || t.unfit(serial) != ""
}

// gone tells whether a peer is known to be lost.
func (r roster) gone(serial string) bool {
	i, known := r.index[serial]
	return known && !alive(&r.peers[i])
}

func named(serial string) string {
	if serial == "" {
		return "nobody"
	}
	return serial
}

// released is the move that takes a place of a role that is no longer declared away from its holder, if it has one.
func (r roster) released(place schema.Place, cause string) []Move {
	s := r.in.Previous[place]
	switch {
	case r.in.Frozen != "" || s.Holder == "" && s.Move == nil:
		return nil
	case s.Move != nil && s.Move.To == "":
		return []Move{{place, s.Holder, *s.Move, ""}}
	case r.in.Paused != "":
		return nil
	default:
		return []Move{{place, s.Holder, lease.Move{Kind: lease.Release, Began: r.in.Now, Cause: cause}, "drain"}}
	}
}
