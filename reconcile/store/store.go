// Package store keeps what must outlive a run. In one file: of each peer the base (what was last
// applied), the intents of a run that did not finish and what was rolled back; of each cluster the
// report of the last run, what was last applied, and the ledger of who holds which role. In files beside it: the history, which is what runs did
// and what they overwrote.
//
// One process owns the file at a time; it says who, so that another can tell its user. What can be
// recomputed is not kept here. The package decides nothing about what it keeps.
package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// ErrNone is returned by Read where there is no state yet.
var ErrNone = errors.New("no state")

// Store is an open state directory that this process owns.
type Store struct {
	db  *database
	dir string
	key []byte
}

// Open makes the directory dir if need be and takes hold of the state in it, waiting no longer than
// wait for another process to let go. It returns a *LockedError that names the other process if it does
// not. The directory holds hashes of secrets and what was applied: only its owner may read it.
func Open(dir string, holder Holder, wait time.Duration) (*Store, error) {
	if err := prepare(dir); err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	db, err := openDatabase(dir, wait, false)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, dir: dir}
	if err := s.claim(holder); err != nil {
		return nil, errors.Join(fmt.Errorf("open state %s: %w", dir, err), s.Close())
	}
	return s, nil
}

// claim says first who holds the state: until then, others may read the name of one who crashed.
func (s *Store) claim(holder Holder) error {
	err := writeHolder(s.dir, holder)
	if err == nil {
		s.key, err = ensureKey(s.dir)
	}
	if err == nil {
		err = s.db.update(claimFormat)
	}
	return err
}

// prepare makes the directory, and keeps it out of Git whatever the repository ignores.
func prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	ignore := filepath.Join(dir, ".gitignore")
	if _, err := os.Stat(ignore); err == nil {
		return nil
	}
	return writeWhole(ignore, []byte("*\n"))
}

// Key is the secret key under which this state remembers secrets.
func (s *Store) Key() []byte { return s.key }

// Close lets go of the state.
func (s *Store) Close() error {
	removeHolder(s.dir)
	return s.db.close()
}

// Recall returns what is remembered of a peer; nothing of one never seen.
func (s *Store) Recall(cluster, serial string) (plan.Memory, error) {
	var memory plan.Memory
	err := s.db.view(func(tx *bbolt.Tx) (err error) {
		memory, err = recall(rawPeer(tx, cluster, serial))
		return err
	})
	if err != nil {
		return plan.Memory{}, fmt.Errorf("recall peer %s: %w", serial, err)
	}
	return memory, nil
}

// Settled returns as what a peer is settled, and on which installation; nothing while a run did not finish.
func (s *Store) Settled(cluster, serial string) (instance string, as plan.Settled, err error) {
	err = s.db.view(func(tx *bbolt.Tx) (err error) {
		instance, as, err = glance(tx, cluster, serial).settled()
		return err
	})
	if err != nil {
		return "", plan.Settled{}, fmt.Errorf("recall peer %s: %w", serial, err)
	}
	return instance, as, nil
}

// Begin writes down, before a peer is written to, what is known of it already (now.Base, added to what
// is remembered, and forget), what it is about to get (now.Intents) and what is rolled back there (now.Pins),
// both instead of older ones. What was applied to another installation than now.Instance is forgotten first.
// The peer is settled as now.Settled.
func (s *Store) Begin(cluster, serial string, now plan.Memory, forget []schema.Key) error {
	err := s.db.update(func(tx *bbolt.Tx) error {
		peer, err := peerBucket(tx, cluster, serial)
		if err != nil {
			return err
		}
		if string(peer.Get([]byte(instanceKey))) != now.Instance {
			err = clearBucket(peer, baseBucket)
		}
		return errors.Join(err,
			peer.Put([]byte(instanceKey), []byte(now.Instance)),
			removeAll(peer, baseBucket, forget),
			putAll(peer, baseBucket, now.Base),
			clearBucket(peer, intentBucket),
			putAll(peer, intentBucket, now.Intents),
			settle(peer, now.Settled),
			clearBucket(peer, pinBucket),
			putAll(peer, pinBucket, now.Pins),
		)
	})
	if err != nil {
		return fmt.Errorf("write down what peer %s is about to get: %w", serial, err)
	}
	return nil
}

// Remember records what a peer holds as applied, and forgets what it no longer does. The intents of both
// are settled by it. If there is any, the peer is no more what it was settled as.
func (s *Store) Remember(cluster, serial string, records map[schema.Key]plan.Record, forget []schema.Key) error {
	if len(records) == 0 && len(forget) == 0 {
		return nil
	}
	err := s.db.update(func(tx *bbolt.Tx) error {
		peer, err := peerBucket(tx, cluster, serial)
		if err != nil {
			return err
		}
		settled := slices.AppendSeq(slices.Clone(forget), maps.Keys(records))
		return errors.Join(
			removeAll(peer, baseBucket, forget),
			removeAll(peer, intentBucket, settled),
			putAll(peer, baseBucket, records),
			settle(peer, plan.Settled{}),
		)
	})
	if err != nil {
		return fmt.Errorf("record what peer %s has: %w", serial, err)
	}
	return nil
}

// Finish keeps the report of a run, as the last one of its cluster, and what was applied, unless that is nil.
func (s *Store) Finish(cluster string, report, applied any) error {
	err := s.db.update(func(tx *bbolt.Tx) error {
		err := put(tx, runsBucket, cluster, report)
		if err == nil && applied != nil {
			err = put(tx, appliedBucket, cluster, applied)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the report: %w", err)
	}
	return nil
}

// Applied returns what Finish was last given as applied, as JSON, by the clusters' names.
func (s *Store) Applied() (map[string]json.RawMessage, error) {
	var all map[string]json.RawMessage
	err := s.db.view(func(tx *bbolt.Tx) error {
		all = documents(tx, appliedBucket)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("recall what was applied: %w", err)
	}
	return all, nil
}
