package assign

import (
	"github.com/gitops-reconciler/reconciler/schema"
)

// result is what was decided, in the words of the package.
func (t *table) result() (Role, []Move) {
	role := Role{Places: make([]Place, t.places)}
	next := t.next()
	for i := range role.Places {
		c := &t.chairs[i]
		role.Places[i] = Place{Seat: c.name, Holder: t.holder(c), Next: t.serial(next[i]), Kept: c.kept, Until: c.until, Refused: c.refused}
	}
	role.Candidates = t.candidates(next)
	role.Status, role.Why, role.Corrections = t.status()
	if t.role.Spread {
		role.Deal = t.deal()
	}
	return role, t.moves()
}

func (t *table) serial(rank int) string {
	if rank < 0 {
		return ""
	}
	return t.ranked[rank].serial
}

// status is how the role is doing before any move.
func (t *table) status() (Status, string, []Correction) {
	if doubles := t.doubles(); len(doubles) > 0 {
		why := doubles[0].Serial + " runs " + doubles[0].Place.String() + " beside its holder"
		if t.in.Frozen != "" || t.in.Paused != "" || !t.role.Failover {
			return DualHolder, why + "; stop it there", nil // shown only (IPL-64)
		}
		return DualHolder, why, doubles
	}
	why := "no peer is eligible"
	for i := range t.chairs[:t.places] {
		c := &t.chairs[i]
		if c.seat > 0 {
			break
		}
		if t.inOffice(c.seating.Holder) {
			return Normal, "", nil
		}
		if i == 0 {
			why = t.vacancy(c)
		}
	}
	return NoHolder, why, nil
}

// inOffice tells whether a holder is there and not lost. Of one that is no peer any more nothing is known.
func (t *table) inOffice(serial string) bool {
	return serial != "" && !t.absentee(serial)
}

// vacancy is why a place has no holder.
func (t *table) vacancy(c *chair) string {
	if i, ok := t.index[c.seating.Holder]; ok {
		return c.seating.Holder + " is " + t.verdict(&t.peers[i])
	}
	return "nobody holds " + c.place()
}

// doubles are the peers that run a place beside its holder.
func (t *table) doubles() []Correction {
	var doubles []Correction
	for i := range t.chairs {
		place := schema.Place{Role: t.name, Number: t.chairs[i].number}
		for _, serial := range t.in.Running[place] {
			if serial != t.chairs[i].seating.Holder {
				doubles = append(doubles, Correction{place, serial})
			}
		}
	}
	return doubles
}
