package store

import (
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

const spentBucket = "spent" // id of a saved plan to when it was applied, and by whom

// SpentError means that a saved plan was applied before.
type SpentError struct {
	By Holder // who applied it, and since when
}

// Error names who did.
func (e *SpentError) Error() string {
	return fmt.Sprintf("this plan was applied before, by %s@%s on %s; a plan is applied once: plan again", e.By.User, e.By.Host, e.By.Since.UTC().Format(time.RFC3339))
}

// Unspent returns a *SpentError if a saved plan was applied before.
func (s *Store) Unspent(id string) error {
	return s.db.view(func(tx *bbolt.Tx) error { return unspent(tx, id) })
}

// Unspent is Store.Unspent.
func (s *Snapshot) Unspent(id string) error { return spentBy(s.spent[id]) }

// Spend remembers that a saved plan is about to be applied, for ever. It returns a *SpentError if it was
// before.
func (s *Store) Spend(id string, by Holder) error {
	data, err := json.Marshal(by)
	if err != nil {
		return err
	}
	return s.db.update(func(tx *bbolt.Tx) error {
		if err := unspent(tx, id); err != nil {
			return err
		}
		bucket, err := tx.CreateBucketIfNotExists([]byte(spentBucket))
		if err != nil {
			return err
		}
		return bucket.Put([]byte(id), data)
	})
}

func unspent(tx *bbolt.Tx, id string) error {
	bucket := tx.Bucket([]byte(spentBucket))
	if bucket == nil {
		return nil
	}
	return spentBy(bucket.Get([]byte(id)))
}

func spentBy(data []byte) error {
	if data == nil {
		return nil
	}
	var by Holder
	_ = json.Unmarshal(data, &by) // that it is there is what counts
	return &SpentError{By: by}
}
