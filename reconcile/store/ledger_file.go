package store

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// The file holds ledger / CLUSTER, a bucket with the key "term" and the buckets "places" (a place to its seating)
// and "moves" (a number, rising, to a Moved), all as JSON. The identity of the store is in meta / "id".
const (
	ledgerBucket = "ledger"
	placesBucket = "places"
	movesBucket  = "moves"
	termKey      = "term"
	idKey        = "id"

	maxMoves = 1000 // of a cluster that are remembered
)

func expect(b *bbolt.Bucket, term uint64, place schema.Place, was lease.Seating) error {
	leads, err := termOf(b)
	if err != nil {
		return err
	}
	if leads != term {
		return ErrTerm
	}
	found, err := json.Marshal(was)
	if err != nil {
		return err
	}
	var now lease.Seating
	if value := b.Bucket([]byte(placesBucket)).Get([]byte(place.String())); value != nil {
		if err := json.Unmarshal(value, &now); err != nil {
			return err
		}
	}
	if there, err := json.Marshal(now); err != nil || !bytes.Equal(there, found) {
		return errors.Join(ErrSwapped, err)
	}
	return nil
}

func seat(b *bbolt.Bucket, place schema.Place, is lease.Seating) error {
	value, err := json.Marshal(is)
	if err != nil {
		return err
	}
	return b.Bucket([]byte(placesBucket)).Put([]byte(place.String()), value)
}

// remember adds to the moves where a place changed hands, and drops the oldest where they are too many.
func remember(b *bbolt.Bucket, place schema.Place, was, is lease.Seating) error {
	if was.Holder == is.Holder {
		return nil
	}
	moves := b.Bucket([]byte(movesBucket))
	value, err := json.Marshal(Moved{Place: place, From: was.Holder, To: is.Holder, Epoch: is.Epoch, At: is.Since, Cause: is.Cause})
	if err != nil {
		return err
	}
	number, err := moves.NextSequence()
	if err != nil {
		return err
	}
	if number > maxMoves {
		err = moves.Delete(binary.BigEndian.AppendUint64(nil, number-maxMoves))
	}
	return errors.Join(err, moves.Put(binary.BigEndian.AppendUint64(nil, number), value))
}

func readLedger(tx *bbolt.Tx, cluster string) (Ledger, error) {
	ledger := Ledger{Places: map[schema.Place]lease.Seating{}}
	if meta := tx.Bucket([]byte("meta")); meta != nil {
		ledger.Store = string(meta.Get([]byte(idKey)))
	}
	b := find(tx, ledgerBucket, cluster)
	if b == nil {
		return ledger, nil
	}
	var err error
	if ledger.Term, err = termOf(b); err != nil {
		return ledger, err
	}
	return ledger, b.Bucket([]byte(placesBucket)).ForEach(func(key, value []byte) error {
		var place schema.Place
		if err := place.UnmarshalText(key); err != nil {
			return err
		}
		var seating lease.Seating
		err := json.Unmarshal(value, &seating)
		ledger.Places[place] = seating
		return err
	})
}

// termOf is 0 where no controller ever led.
func termOf(b *bbolt.Bucket) (uint64, error) {
	value := b.Get([]byte(termKey))
	switch len(value) {
	case 0:
		return 0, nil
	case 8:
		return binary.BigEndian.Uint64(value), nil
	default:
		return 0, fmt.Errorf("the term has %d bytes, want 8", len(value))
	}
}

// ledgerOf makes the buckets of a cluster where they are missing.
func ledgerOf(tx *bbolt.Tx, cluster string) (*bbolt.Bucket, error) {
	all, err := tx.CreateBucketIfNotExists([]byte(ledgerBucket))
	if err != nil {
		return nil, err
	}
	b, err := all.CreateBucketIfNotExists([]byte(cluster))
	for _, name := range []string{placesBucket, movesBucket} {
		if err == nil {
			_, err = b.CreateBucketIfNotExists([]byte(name))
		}
	}
	return b, err
}

// identify gives the store an identity, once.
func identify(tx *bbolt.Tx) error {
	meta, err := tx.CreateBucketIfNotExists([]byte("meta"))
	if err != nil || meta.Get([]byte(idKey)) != nil {
		return err
	}
	return meta.Put([]byte(idKey), []byte(rand.Text()))
}

// find returns a bucket within others, nil if there is none.
func find(tx *bbolt.Tx, first string, path ...string) *bbolt.Bucket {
	b := tx.Bucket([]byte(first))
	for _, name := range path {
		if b == nil {
			return nil
		}
		b = b.Bucket([]byte(name))
	}
	return b
}
