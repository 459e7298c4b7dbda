package assign

import "slices"

// next is who would take each place if its holder were lost now: the first of the next lower seat; or of the
// seatless, with the backup that this loss would call in.
func (t *table) next() []int {
	next := make([]int, t.places)
	sitting, seatless := t.sitting(), t.seatless()
	sat, spare := t.stepped(func(*chair) bool { return true }), t.spares()
	for i := range next {
		for len(sitting) > 0 && t.chairs[sitting[0]].seat <= t.chairs[i].seat {
			sitting = sitting[1:]
		}
		switch {
		case !t.role.Failover:
			next[i] = nobody
		case len(sitting) > 0:
			next[i] = t.chairs[sitting[0]].who
		default:
			next[i] = t.firstOf(seatless, t.calledIn(i, sat, spare))
		}
	}
	return next
}

// firstOf is the first of the seatless and one more.
func (t *table) firstOf(seatless []int, more int) int {
	switch {
	case len(seatless) == 0:
		return more
	case more == nobody || t.first(seatless[0], more) < 0:
		return seatless[0]
	default:
		return more
	}
}

// spares are the first backups of each scope that have no place.
func (t *table) spares() map[*scope]int {
	spare := make(map[*scope]int, len(t.scopes))
	for _, s := range t.scopes {
		spare[s] = nobody
		if i := slices.IndexFunc(s.backups, func(rank int) bool { return !t.seatedAt(rank) }); i >= 0 {
			spare[s] = s.backups[i]
		}
	}
	return spare
}

// calledIn is the backup that would step in if the holder of a place were lost, or nobody.
func (t *table) calledIn(i int, sat, spare map[*scope]int) int {
	who := t.chairs[i].who
	if who < 0 {
		return nobody
	}
	s, c := t.scopeOf(who), t.ranked[who]
	holding, missing := sat[s], s.lost
	switch {
	case c.backup:
		holding--
	case c.standing == ready || c.standing == staying:
		missing++
	}
	if t.need(s, missing) <= holding {
		return nobody
	}
	return spare[s]
}
