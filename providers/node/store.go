package node

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// The file has three buckets. Counts and digests are written in the same
// transaction as the item they follow from, so a reader never sees the one
// without the other, and a transaction that is run again starts from the
// truth; nothing about items is kept in memory.
const (
	fileName     = "node.db"
	nodeBucket   = "node"   // "instance"; its sequence is the node's revision
	itemsBucket  = "items"  // a bucket for each kind: id -> record
	totalsBucket = "totals" // kind -> totals
	instanceKey  = "instance"
)

const (
	// lockTimeout is how long to wait for another process to let go of the file.
	lockTimeout = time.Second
	// batchDelay is how long the first of several concurrent writes waits for
	// others to share its write to the disk: less than such a write takes.
	batchDelay = time.Millisecond
)

type store struct {
	db       *bolt.DB
	instance string
}

func openStore(dir string, noSync bool) (*store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, fileName)
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTimeout, NoSync: noSync})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%s is in use by another process", path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	db.MaxBatchDelay = batchDelay
	s := &store{db: db}
	if err := db.Update(s.prepare); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	if !noSync {
		syncName(dir)
	}
	return s, nil
}

// syncName makes a new file's name survive a power cut, as its contents do.
// Not every system can do that to a directory; those that cannot need not.
func syncName(dir string) {
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	_ = d.Sync()
	_ = d.Close()
}

func (s *store) close() error { return s.db.Close() }

// prepare makes an empty file a node, and recounts the totals of one that is.
func (s *store) prepare(tx *bolt.Tx) error {
	for _, name := range []string{nodeBucket, itemsBucket, totalsBucket} {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	node := tx.Bucket([]byte(nodeBucket))
	s.instance = string(node.Get([]byte(instanceKey)))
	if s.instance == "" {
		s.instance = rand.Text()
		if err := node.Put([]byte(instanceKey), []byte(s.instance)); err != nil {
			return err
		}
	}
	return tx.Bucket([]byte(itemsBucket)).ForEachBucket(func(kind []byte) error {
		return openShelf(tx, string(kind)).recount()
	})
}

// get returns the zero record if there is no such item.
func (s *store) get(k key) (r record, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		r, err = openShelf(tx, k.kind).get(k.id)
		return err
	})
	return r, err
}

// put stores a canonical body. Check is given the revision of the item that
// is there, 0 if none is, and its error stops the write. The record that was
// there is returned too; the same revision in both means that nothing changed.
// Check may be called more than once.
func (s *store) put(k key, body []byte, check func(uint64) error) (was, is record, err error) {
	err = s.write(func(tx *bolt.Tx) error {
		was, is, err = openShelf(tx, k.kind).put(k.id, body, check)
		return err
	})
	return was, is, err
}

// remove returns the revision of the removal. Check is as for put, and must
// refuse to remove an item that is not there.
func (s *store) remove(k key, check func(uint64) error) (revision uint64, err error) {
	err = s.write(func(tx *bolt.Tx) error {
		revision, err = openShelf(tx, k.kind).remove(k.id, check)
		return err
	})
	return revision, err
}

// bulk carries out the entries in their order, in one transaction: either all
// that are not refused are on the disk when it returns, or none is. It returns
// the result of each.
func (s *store) bulk(kind string, entries []entry) (results []result, err error) {
	err = s.write(func(tx *bolt.Tx) error {
		results = make([]result, len(entries)) // anew: fn may run more than once
		for i, e := range entries {
			// A shelf does not see the kind that an earlier entry began.
			if results[i], err = e.apply(openShelf(tx, kind)); err != nil {
				return err
			}
		}
		return nil
	})
	return results, err
}

// write runs fn in a transaction, perhaps more than once and perhaps together
// with concurrent writes; sharing one is only worth its delay for the disk.
func (s *store) write(fn func(*bolt.Tx) error) error {
	if s.db.NoSync {
		return s.db.Update(fn)
	}
	return s.db.Batch(fn)
}

// page is shelf.page, in a transaction of its own.
func (s *store) page(kind, after string, limit int, visit visitor) (next string, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		next, err = openShelf(tx, kind).page(after, limit, visit)
		return err
	})
	return next, err
}

// totals returns the node's revision and the totals of every kind ever written.
func (s *store) totals() (revision uint64, kinds map[string]totals, err error) {
	kinds = make(map[string]totals)
	err = s.db.View(func(tx *bolt.Tx) error {
		revision = tx.Bucket([]byte(nodeBucket)).Sequence()
		return tx.Bucket([]byte(totalsBucket)).ForEach(func(kind, _ []byte) error {
			kinds[string(kind)], err = openShelf(tx, string(kind)).totals()
			return err
		})
	})
	return revision, kinds, err
}
