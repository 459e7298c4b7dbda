package assign

// ranking is who would sit where by rank alone.
type ranking struct {
	who []int // by chair: a rank, or nobody
	at  []int // by rank: a chair, or nobody
}

// byRank seats by rank. Among chairs of one seat nobody moves, and who is fixed stays.
func (t *table) byRank() ranking {
	want := ranking{make([]int, t.places), make([]int, len(t.ranked))}
	for rank := range want.at {
		want.at[rank] = nobody
	}
	next := t.bestFirst()
	for i := 0; i < t.places; {
		end, open := i, []int(nil)
		for ; end < t.places && t.chairs[end].seat == t.chairs[i].seat; end++ {
			want.who[end] = nobody
			if t.chairs[end].fixed {
				want.put(t.chairs[end].who, end)
			} else {
				open = append(open, end)
			}
		}
		n := min(len(open), len(next))
		t.share(next[:n], open, want)
		next, i = next[n:], end
	}
	return want
}

func (r ranking) put(rank, i int) {
	r.who[i] = rank
	if rank >= 0 {
		r.at[rank] = i
	}
}

// bestFirst is the field by rank, without those who are fixed.
func (t *table) bestFirst() []int {
	fixed := func(rank int) bool { return t.at[rank] != nobody && t.chairs[t.at[rank]].fixed }
	field := t.stepIn(t.stepped(func(c *chair) bool { return c.fixed }), fixed)
	var ranks []int
	for rank := range t.ranked {
		if field[rank] && !fixed(rank) {
			ranks = append(ranks, rank)
		}
	}
	return ranks
}

// share seats so many candidates on the open chairs of a seat: who sits on one stays there.
func (t *table) share(ranks, open []int, want ranking) {
	var others []int
	for _, rank := range ranks {
		if i := t.at[rank]; i != nobody && !t.chairs[i].fixed && t.chairs[i].seat == t.chairs[open[0]].seat {
			want.put(rank, i)
		} else {
			others = append(others, rank)
		}
	}
	for _, i := range open {
		if want.who[i] == nobody && len(others) > 0 {
			want.put(others[0], i)
			others = others[1:]
		}
	}
}
