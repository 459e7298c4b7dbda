package plan

// Summary counts a plan's changes.
type Summary struct {
	Create     int `json:"create"`
	Update     int `json:"update"`
	Replace    int `json:"replace"`
	Delete     int `json:"delete"`
	Held       int `json:"held"`       // among them: not applied
	Conflicts  int `json:"conflicts"`  // among the held
	Refused    int `json:"refused"`    // among the held: by a guard
	Unreadable int `json:"unreadable"` // peers that could not be read, wholly or in part
}

// Summary counts.
func (p Plan) Summary() Summary {
	var s Summary
	for _, peer := range p.Peers {
		if len(peer.Problems) > 0 {
			s.Unreadable++
		}
		for _, change := range peer.Changes {
			s.Count(change)
		}
	}
	return s
}

// Count adds a change.
func (s *Summary) Count(c Change) {
	switch c.Action {
	case Create:
		s.Create++
	case Update:
		s.Update++
	case Replace:
		s.Replace++
	case Delete:
		s.Delete++
	}
	if c.Held {
		s.Held++
		if c.Conflicts() {
			s.Conflicts++
		}
		if c.Refused() {
			s.Refused++
		}
	}
}

// Changes is how many changes there are, held ones included.
func (s Summary) Changes() int { return s.Create + s.Update + s.Replace + s.Delete }
