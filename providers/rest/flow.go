package rest

// flow decides how many requests may be in flight at one peer. A peer that says it is busy halves the
// number; as many good answers as are allowed at a time raise it by one, up to the definition's bound. It
// is pure: who counts by it, a gate, guards it.
//
// Invariants: 1 <= limit <= most; in never rises above limit; while one is alone, in is 1.
type flow struct {
	most  int  // that the definition allows
	limit int  // that are allowed now
	in    int  // requests in flight, those that wait to be repeated included
	alone bool // the one in flight admits no other
	good  int  // answers since the limit last changed
	era   int  // rises whenever the limit is halved
}

func newFlow(most int) flow { return flow{most: max(most, 1), limit: max(most, 1)} }

// admits tells whether one more may be sent now.
func (f *flow) admits(alone bool) bool {
	if alone {
		return f.in == 0
	}
	return !f.alone && f.in < f.limit
}

func (f *flow) enter(alone bool) { f.in, f.alone = f.in+1, alone }

func (f *flow) leave() { f.in, f.alone = f.in-1, false }

// crowded tells whether more are in flight than are allowed by now.
func (f *flow) crowded() bool { return f.in > f.limit }

// busy takes a refusal of a request that was sent in an era, and returns the era of what is sent now. All
// that were sent together meet the same jam, so it counts once.
func (f *flow) busy(sent int) (era int) {
	if sent == f.era {
		f.limit, f.good, f.era = max(f.limit/2, 1), 0, f.era+1
	}
	return f.era
}

// well takes an answer that does not say busy.
func (f *flow) well() {
	if f.good++; f.good >= f.limit {
		f.limit, f.good = min(f.limit+1, f.most), 0
	}
}
