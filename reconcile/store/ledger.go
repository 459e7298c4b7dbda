package store

import (
	"encoding/binary"
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

// Ledger is who holds what in a cluster.
type Ledger struct {
	Store  string // the identity of the store, another for each that was made anew
	Term   uint64 // of the controller that leads; 0: none ever did
	Places map[schema.Place]lease.Seating
}

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
// change nothing any more.
func (s *Store) Lead(cluster string) (Ledger, error) {
	var ledger Ledger
	err := s.db.update(func(tx *bbolt.Tx) error {
		b, err := ledgerOf(tx, cluster)
		if err != nil {
			return err
		}
		before, err := termOf(b)
		if err == nil {
			err = b.Put([]byte(termKey), binary.BigEndian.AppendUint64(nil, before+1))
		}
		if err == nil {
			err = identify(tx)
		}
		if err == nil {
			ledger, err = readLedger(tx, cluster)
		}
		return err
	})
	if err != nil {
		return Ledger{}, fmt.Errorf("take the lead of %s: %w", cluster, err)
	}
	return ledger, nil
}

// Ledger returns who holds what, and whose term it is.
func (s *Store) Ledger(cluster string) (ledger Ledger, err error) {
	err = s.db.view(func(tx *bbolt.Tx) error {
		ledger, err = readLedger(tx, cluster)
		return err
	})
	if err != nil {
		return Ledger{}, fmt.Errorf("read who holds the roles of %s: %w", cluster, err)
	}
	return ledger, nil
}

// Swap changes a place, on the disk when it returns. It is ErrTerm if term is over, ErrSwapped if the place is not
// as was says (the zero Seating: nobody ever held it), and nothing is changed then. An epoch never falls, and rises
// with every other holder.
func (s *Store) Swap(cluster string, term uint64, place schema.Place, was, is lease.Seating) error {
	err := s.db.update(func(tx *bbolt.Tx) error {
		b, err := ledgerOf(tx, cluster)
		if err != nil {
			return err
		}
		if err := expect(b, term, place, was); err != nil {
			return err
		}
		if is.Epoch < was.Epoch || is.Holder != was.Holder && is.Epoch == was.Epoch {
			return fmt.Errorf("epoch %d after %d: it must rise", is.Epoch, was.Epoch)
		}
		return errors.Join(seat(b, place, is), remember(b, place, was, is))
	})
	if err != nil {
		return fmt.Errorf("change who holds %s: %w", place, err)
	}
	return nil
}

// Moves returns the places that changed hands, the oldest first; of those very long ago nothing is known.
func (s *Store) Moves(cluster string) (moves []Moved, err error) {
	err = s.db.view(func(tx *bbolt.Tx) error {
		b := find(tx, ledgerBucket, cluster, movesBucket)
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
