package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// ErrTerm means that another controller leads by now: this one must stop to decide.
var ErrTerm = errors.New("another controller has taken over since")

// ErrSwapped means that a place is no longer as it was when its change was decided.
var ErrSwapped = errors.New("it has changed since")

// Moved is a place that changed hands.
type Moved struct {
	Place schema.Place `json:"place"`
	From  string       `json:"from,omitempty"` // a serial; "": nobody
	To    string       `json:"to,omitempty"`   // a serial; "": nobody
	Epoch uint64       `json:"epoch"`
	At    time.Time    `json:"at"` // UTC
	Cause string       `json:"cause"`
}

// Lead begins a term, higher than any before, and returns the ledger as it then stands. Whoever led before can
// change nothing any more. restored says that the state was brought back from a backup: what stands there need not be
// true, until Settle. So it is of a new state: others may have led before, with another.
func (s *Store) Lead(cluster, leader string, restored bool) (lease.Ledger, error) {
	var ledger lease.Ledger
	err := s.db.update(func(tx *bbolt.Tx) error {
		b, err := ledgerOf(tx, cluster)
		if err != nil {
			return err
		}
		head, err := headOf(b)
		if err != nil {
			return err
		}
		head.Restored = head.Restored || restored || head.Term == 0
		head.Term, head.Leader = head.Term+1, leader
		if err := errors.Join(head.put(b), identify(tx)); err != nil {
			return err
		}
		ledger, err = readLedger(tx, cluster)
		return err
	})
	if err != nil {
		return lease.Ledger{}, fmt.Errorf("take the lead of %s: %w", cluster, err)
	}
	return ledger, nil
}

// Settle says that what stands in the ledger is true again. It is ErrTerm if term is over.
func (s *Store) Settle(cluster string, term uint64) error {
	err := s.db.update(func(tx *bbolt.Tx) error {
		b, err := ledgerOf(tx, cluster)
		if err != nil {
			return err
		}
		head, err := headOf(b)
		switch {
		case err != nil:
			return err
		case head.Term != term:
			return ErrTerm
		}
		head.Restored = false
		return head.put(b)
	})
	if err != nil {
		return fmt.Errorf("settle who holds the roles of %s: %w", cluster, err)
	}
	return nil
}

// Ledger returns who holds what, and whose term it is. All of it is on the disk, in the file that the next start would
// find. It is ErrReplaced if that is another one by now.
func (s *Store) Ledger(cluster string) (ledger lease.Ledger, err error) {
	if err := s.db.sure(); err != nil {
		return lease.Ledger{}, fmt.Errorf("confirm who holds the roles of %s: %w", cluster, err)
	}
	err = s.db.view(func(tx *bbolt.Tx) error {
		ledger, err = readLedger(tx, cluster)
		return err
	})
	if err != nil {
		return lease.Ledger{}, fmt.Errorf("read who holds the roles of %s: %w", cluster, err)
	}
	return ledger, nil
}

// Swap changes a place, on the disk when it returns. It is ErrTerm if the term is over, ErrSwapped if the place is not
// as it was (the zero Seating: nobody ever held it), and nothing is changed then. An epoch never falls, and rises
// with every other holder.
func (s *Store) Swap(cluster string, swap lease.Swap) error {
	if err := s.db.inPlace(); err != nil {
		return fmt.Errorf("change who holds %s: %w", swap.Place, err)
	}
	err := s.db.update(func(tx *bbolt.Tx) error {
		b, err := ledgerOf(tx, cluster)
		if err != nil {
			return err
		}
		if err := expect(b, swap); err != nil {
			return err
		}
		if swap.New.Epoch < swap.Old.Epoch || swap.New.Holder != swap.Old.Holder && swap.New.Epoch == swap.Old.Epoch {
			return fmt.Errorf("epoch %d after %d: it must rise", swap.New.Epoch, swap.Old.Epoch)
		}
		return errors.Join(seat(b, swap.Place, swap.New), remember(b, swap.Place, swap.Old, swap.New))
	})
	if err != nil {
		return fmt.Errorf("change who holds %s: %w", swap.Place, err)
	}
	return nil
}

// Moves returns the places that changed hands, the oldest first; of those very long ago nothing is known.
func (s *Store) Moves(cluster string) (moves []Moved, err error) {
	err = s.db.view(func(tx *bbolt.Tx) error {
		b := ledgerIn(tx, cluster, movesBucket)
		if b == nil {
			return nil
		}
		return b.ForEach(func(_, value []byte) error {
			var m Moved
			err := json.Unmarshal(value, &m)
			moves = append(moves, m)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read how the roles of %s moved: %w", cluster, err)
	}
	return moves, nil
}
