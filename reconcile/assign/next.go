package assign

// next is who would take each place if its holder were lost now: the first of the next lower seat; or of the
// seatless, with the backup that this loss would call in.
func (t *table) next() []int {
	next := make([]int, t.places)
	sitting, seatless := t.sitting(), t.seatless()
	sat, known := t.stepped(func(*chair) bool { return true }), map[call]int{}
	for i := range next {
		for len(sitting) > 0 && t.chairs[sitting[0]].seat <= t.chairs[i].seat {
			sitting = sitting[1:]
		}
		switch {
		case !t.role.Failover:
			next[i] = nobody
		case len(sitting) == 0:
			next[i] = t.firstOf(seatless, t.calledIn(i, sat, known))
		case t.role.Failback: // by rank, wherever they are
			next[i] = t.firstOf([]int{t.chairs[sitting[0]].who}, t.firstOf(seatless, t.calledIn(i, sat, known)))
		default:
			next[i] = t.chairs[sitting[0]].who
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

// call is how many backups of a scope would come in.
type call struct {
	*scope
	n int
}

// calledIn is the first of the backups that would step in if the holder of a place were lost, or nobody.
func (t *table) calledIn(i int, sat map[*scope]int, known map[call]int) int {
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
	n := call{s, t.need(s, missing) - holding}
	if _, ok := known[n]; !ok {
		known[n] = t.firstFree(s, n.n)
	}
	return known[n]
}

// firstFree is who comes first among so many backups that have no place, or nobody.
func (t *table) firstFree(s *scope, n int) int {
	first := nobody
	for _, rank := range s.backups {
		if n <= 0 {
			break
		}
		if t.seatedAt(rank) {
			continue
		}
		n--
		if first == nobody || t.first(rank, first) < 0 {
			first = rank
		}
	}
	return first
}
