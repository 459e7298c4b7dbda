package assign

// scope is where productions are counted as lost: the cluster, or a group (CLEO-84).
type scope struct {
	productions int
	lost        int   // productions, also those that give their places up
	online      int   // the rank of the first production that is not lost, or nobody
	backups     []int // the ranks of those that are ready
}

// scopeOf is the scope that a candidate counts in.
func (t *table) scopeOf(rank int) *scope {
	name := ""
	if t.role.Within == "group" {
		name = t.ranked[rank].group
	}
	s := t.scopes[name]
	if s == nil {
		s = &scope{online: nobody}
		t.scopes[name] = s
	}
	return s
}

// count counts productions and backups.
func (t *table) count() {
	t.scopes = map[string]*scope{}
	for rank, c := range t.ranked {
		s := t.scopeOf(rank)
		switch {
		case c.backup && c.standing == ready:
			s.backups = append(s.backups, rank)
		case c.backup:
		case c.standing == lost || c.standing == leaving:
			s.productions++
			s.lost++
		default:
			s.productions++
			if s.online == nobody {
				s.online = rank
			}
		}
	}
}

// productions is how many productions may hold the role, lost or not.
func (t *table) productions() int {
	n := 0
	for _, s := range t.scopes {
		n += s.productions
	}
	return n
}

// need is how many backups of a scope step in if so many productions are lost (CLEO-81, CLEO-86).
func (t *table) need(s *scope, lost int) int {
	if t.role.Backups == "last" && lost < s.productions {
		return 0
	}
	return lost
}

// stepIn marks which candidates are in the field: productions, and of each scope as many backups, the first in
// rank, as are needed beside those that are reckoned in already.
func (t *table) stepIn(already map[*scope]int, passed func(rank int) bool) []bool {
	field := make([]bool, len(t.ranked))
	for rank, c := range t.ranked {
		field[rank] = !c.backup && c.standing == ready
	}
	for _, s := range t.scopes {
		left := t.need(s, s.lost) - already[s]
		for _, rank := range s.backups {
			if left <= 0 {
				break
			}
			if !passed(rank) {
				field[rank] = true
				left--
			}
		}
	}
	return field
}

// stepped counts by scope the backups that sit on one of the chairs that are asked for.
func (t *table) stepped(on func(*chair) bool) map[*scope]int {
	n := map[*scope]int{}
	for i := range t.chairs[:t.places] {
		if c := &t.chairs[i]; c.who >= 0 && t.ranked[c.who].backup && on(c) {
			n[t.scopeOf(c.who)]++
		}
	}
	return n
}
