package store

import (
	"bytes"
	"encoding/json"

	"go.etcd.io/bbolt"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

// seen is what is remembered of a peer beside its records, which may be many.
type seen struct {
	instance   string
	as         []byte // settled: JSON; nil: it is not
	unfinished bool   // there are intents
}

// settled is nothing while a run did not finish: what the peer holds is not known then.
func (s seen) settled() (instance string, as plan.Settled, err error) {
	if s.as == nil || s.unfinished {
		return "", plan.Settled{}, nil
	}
	err = json.Unmarshal(s.as, &as)
	return s.instance, as, err
}

func glance(tx *bbolt.Tx, cluster, serial string) seen {
	peer := findPeer(tx, cluster, serial)
	if peer == nil {
		return seen{}
	}
	s := seen{instance: string(peer.Get([]byte(instanceKey))), as: bytes.Clone(peer.Get([]byte(settledKey)))}
	if intents := peer.Bucket([]byte(intentBucket)); intents != nil {
		first, _ := intents.Cursor().First()
		s.unfinished = first != nil
	}
	return s
}

// findPeer returns the bucket of a peer, nil if it was never seen.
func findPeer(tx *bbolt.Tx, cluster, serial string) *bbolt.Bucket {
	bucket := tx.Bucket([]byte(peersBucket))
	for _, name := range []string{cluster, serial} {
		if bucket == nil {
			return nil
		}
		bucket = bucket.Bucket([]byte(name))
	}
	return bucket
}
