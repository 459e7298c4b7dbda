package lease

import (
	"maps"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// store is a linearizable one: whatever reaches it happens at that instant.
type store struct {
	*world
	id      int
	ledger  Ledger
	down    bool
	heard   time.Duration // when its leader last asked
	backups []Ledger
}

// patience is how long a leader may be silent before another takes over.
const patience = 12 * time.Second

func (w *world) newStore(number int, name string) *store {
	return &store{world: w, id: machines + controllers + number, ledger: Ledger{Store: name, Places: map[schema.Place]Seating{}}, heard: -patience}
}

// read is a copy of what it holds.
func (s *store) read() Ledger {
	l := s.ledger
	l.Places = maps.Clone(l.Places)
	if s.sabotage.restoredIsGood {
		l.Restored = false
	}
	return l
}

// stand lets somebody lead if the one who leads is silent, and sometimes if not.
func (s *store) stand(name string) (Ledger, bool) {
	if s.down || s.now-s.heard < patience && !s.chance(s.rivalry) {
		return Ledger{}, false
	}
	s.note("store %s: %s leads", s.ledger.Store, name)
	s.ledger.Term++
	s.ledger.Leader = name
	s.heard = s.now
	return s.read(), true
}

// confirm reads for somebody.
func (s *store) confirm(name string) Ledger {
	if name == s.ledger.Leader {
		s.heard = s.now
	}
	return s.read()
}

func (s *store) swap(c Swap) bool {
	leads := c.Term == s.ledger.Term && c.Leader == s.ledger.Leader || s.sabotage.anyTerm
	same := c.Old.Equal(s.ledger.Places[c.Place]) || s.sabotage.comparesNothing
	if !leads || !same {
		return false
	}
	s.note("store %s: %s: %q at %d, was %q at %d, move %v", s.ledger.Store, c.Place, c.New.Holder, c.New.Epoch, c.Old.Holder, c.Old.Epoch, c.New.Move)
	s.ledger.Places[c.Place] = c.New
	return true
}

func (s *store) settle(term uint64, leader string) {
	if term == s.ledger.Term && leader == s.ledger.Leader {
		s.ledger.Restored = false
	}
}

func (s *store) backup() { s.backups = append(s.backups, s.read()) }

// restore plays a backup back. That ends every leadership.
func (s *store) restore() {
	if len(s.backups) == 0 {
		return
	}
	s.note("store %s: restored", s.ledger.Store)
	name := s.ledger.Store
	s.ledger = s.backups[s.IntN(len(s.backups))]
	s.ledger.Places = maps.Clone(s.ledger.Places)
	s.ledger.Store = name
	s.ledger.Restored = true
	if !s.sabotage.leadsOn {
		s.ledger.Leader = ""
	}
	s.heard = s.now - s.between(0, patience)
}
