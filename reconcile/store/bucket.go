package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// The file holds peers / CLUSTER / SERIAL, a bucket with the keys "instance" and "settled" and the buckets
// "base", "intent" and "pin", each of an item's key to its record as JSON.
const (
	peersBucket  = "peers"
	baseBucket   = "base"
	intentBucket = "intent"
	pinBucket    = "pin"
	instanceKey  = "instance"
	settledKey   = "settled" // JSON; absent: it is not
	runsBucket   = "runs"    // CLUSTER to the report of its last run

	appliedBucket = "applied" // CLUSTER to what was last applied
)

// put keeps a value as JSON, under the name of its cluster.
func put(tx *bbolt.Tx, bucket, cluster string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	b, err := tx.CreateBucketIfNotExists([]byte(bucket))
	if err != nil {
		return err
	}
	return b.Put([]byte(cluster), data)
}

// documents are all that put keeps in a bucket.
func documents(tx *bbolt.Tx, bucket string) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	for _, p := range pairs(tx.Bucket([]byte(bucket))) {
		all[string(p.key)] = p.value
	}
	return all
}

// raw is a peer's records as they lie in the file.
type raw struct {
	instance      string
	settled       []byte
	base, intents []pair
	pins          []pair
}

type pair struct{ key, value []byte }

func rawPeer(tx *bbolt.Tx, cluster, serial string) raw {
	bucket := findPeer(tx, cluster, serial)
	if bucket == nil {
		return raw{}
	}
	return raw{
		instance: string(bucket.Get([]byte(instanceKey))),
		settled:  bytes.Clone(bucket.Get([]byte(settledKey))),
		base:     pairs(bucket.Bucket([]byte(baseBucket))),
		intents:  pairs(bucket.Bucket([]byte(intentBucket))),
		pins:     pairs(bucket.Bucket([]byte(pinBucket))),
	}
}

// pairs copies: what bbolt returns is gone when the transaction ends.
func pairs(bucket *bbolt.Bucket) []pair {
	if bucket == nil {
		return nil
	}
	count, size := 0, 0
	each := func(f func(k, v []byte)) {
		_ = bucket.ForEach(func(k, v []byte) error { // it fails only as its function does
			f(k, v)
			return nil
		})
	}
	each(func(k, v []byte) { count, size = count+1, size+len(k)+len(v) })
	all, text := make([]pair, 0, count), make([]byte, 0, size) // one copy for all, rather than two for each
	keep := func(b []byte) []byte {
		start := len(text)
		text = append(text, b...)
		return text[start:len(text):len(text)]
	}
	each(func(k, v []byte) { all = append(all, pair{keep(k), keep(v)}) })
	return all
}

func recall(r raw) (plan.Memory, error) {
	base, wrong := records[plan.Record](r.base)
	intents, wrongIntents := records[plan.Record](r.intents)
	pins, wrongPins := records[plan.Pin](r.pins)
	if err := errors.Join(wrong, wrongIntents, wrongPins); err != nil {
		return plan.Memory{}, err
	}
	m := plan.Memory{Instance: r.instance, Base: base, Intents: intents, Pins: pins}
	if r.settled != nil {
		if err := json.Unmarshal(r.settled, &m.Settled); err != nil {
			return plan.Memory{}, err
		}
	}
	return m, nil
}

// settle writes down as what a peer is settled; the zero value is not at all.
func settle(peer *bbolt.Bucket, as plan.Settled) error {
	if as == (plan.Settled{}) {
		return peer.Delete([]byte(settledKey))
	}
	value, err := json.Marshal(as)
	if err != nil {
		return err
	}
	return peer.Put([]byte(settledKey), value)
}

func records[V plan.Record | plan.Pin](pairs []pair) (map[schema.Key]V, error) {
	all := make(map[schema.Key]V, len(pairs))
	for _, p := range pairs {
		kind, id, _ := bytes.Cut(p.key, []byte{0})
		key := schema.Key{Kind: string(kind), ID: string(id)}
		var record V
		if err := json.Unmarshal(p.value, &record); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		all[key] = record
	}
	return all, nil
}

func peerBucket(tx *bbolt.Tx, cluster, serial string) (*bbolt.Bucket, error) {
	bucket, err := tx.CreateBucketIfNotExists([]byte(peersBucket))
	for _, name := range []string{cluster, serial} {
		if err != nil {
			return nil, err
		}
		bucket, err = bucket.CreateBucketIfNotExists([]byte(name))
	}
	return bucket, err
}

func putAll[V plan.Record | plan.Pin](peer *bbolt.Bucket, name string, records map[schema.Key]V) error {
	bucket, err := peer.CreateBucketIfNotExists([]byte(name))
	if err != nil {
		return err
	}
	for key, record := range records {
		value, err := json.Marshal(record)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if err := bucket.Put(itemKey(key), value); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

func removeAll(peer *bbolt.Bucket, name string, keys []schema.Key) error {
	bucket := peer.Bucket([]byte(name))
	if bucket == nil {
		return nil
	}
	var errs []error
	for _, key := range keys {
		errs = append(errs, bucket.Delete(itemKey(key)))
	}
	return errors.Join(errs...)
}

// clearBucket empties a bucket of the peer.
func clearBucket(peer *bbolt.Bucket, name string) error {
	err := peer.DeleteBucket([]byte(name))
	if errors.Is(err, berrors.ErrBucketNotFound) {
		return nil
	}
	return err
}

// itemKey is the kind and the id with a zero byte between, which neither can hold.
func itemKey(key schema.Key) []byte { return []byte(key.Kind + "\x00" + key.ID) }
