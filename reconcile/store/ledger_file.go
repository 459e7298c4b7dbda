package store

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"

	"go.etcd.io/bbolt"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// The file holds ledger / CLUSTER, a bucket with the keys "head" (whose term it is) and "deals", and the buckets
// "places" (a place to its seating), "moves" (a number, rising, to a Moved) and "offs" (a serial to why it is off) and
// "boots" (a serial to how it was seen to come up), all as JSON. The identity of the store is in meta / "id".
const (
	ledgerBucket = "ledger"
	placesBucket = "places"
	movesBucket  = "moves"
	offsBucket   = "offs"
	bootsBucket  = "boots"
	headKey      = "head"
	dealsKey     = "deals"
	idKey        = "id"

	maxMoves = 1000 // of a cluster that are remembered
)

// head is whose term it is.
type head struct {
	Term     uint64 `json:"term"`
	Leader   string `json:"leader"`
	Restored bool   `json:"restored,omitempty"`
}

// headOf is zero where no controller ever led.
func headOf(b *bbolt.Bucket) (h head, err error) {
	if value := b.Get([]byte(headKey)); value != nil {
		err = json.Unmarshal(value, &h)
	}
	return h, err
}

func (h head) put(b *bbolt.Bucket) error {
	value, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return b.Put([]byte(headKey), value)
}

func expect(b *bbolt.Bucket, swap lease.Swap) error {
	head, err := headOf(b)
	if err != nil {
		return err
	}
	if head.Term != swap.Term || head.Leader != swap.Leader {
		return ErrTerm
	}
	var now lease.Seating
	if value := b.Bucket([]byte(placesBucket)).Get([]byte(swap.Place.String())); value != nil {
		if err := json.Unmarshal(value, &now); err != nil {
			return err
		}
	}
	if !now.Equal(swap.Old) {
		return ErrSwapped
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

func readLedger(tx *bbolt.Tx, cluster string) (lease.Ledger, error) {
	ledger := lease.Ledger{Places: map[schema.Place]lease.Seating{}}
	if meta := tx.Bucket([]byte("meta")); meta != nil {
		ledger.Store = string(meta.Get([]byte(idKey)))
	}
	b := ledgerIn(tx, cluster)
	if b == nil {
		return ledger, nil
	}
	head, err := headOf(b)
	if err != nil {
		return ledger, err
	}
	ledger.Term, ledger.Leader, ledger.Restored = head.Term, head.Leader, head.Restored
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

// ledgerOf makes the buckets of a cluster where they are missing.
func ledgerOf(tx *bbolt.Tx, cluster string) (*bbolt.Bucket, error) {
	all, err := tx.CreateBucketIfNotExists([]byte(ledgerBucket))
	if err != nil {
		return nil, err
	}
	b, err := all.CreateBucketIfNotExists([]byte(cluster))
	for _, name := range []string{placesBucket, movesBucket, offsBucket, bootsBucket} {
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

// ledgerIn returns the bucket of a cluster, or one within it; nil if there is none.
func ledgerIn(tx *bbolt.Tx, path ...string) *bbolt.Bucket {
	b := tx.Bucket([]byte(ledgerBucket))
	for _, name := range path {
		if b == nil {
			return nil
		}
		b = b.Bucket([]byte(name))
	}
	return b
}
