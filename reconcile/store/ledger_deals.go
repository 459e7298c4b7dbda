package store

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
)

func (s *Snapshot) copyLedgers(tx *bbolt.Tx) error {
	s.ledgers, s.deals = map[string]lease.Ledger{}, map[string]json.RawMessage{}
	all := tx.Bucket([]byte(ledgerBucket))
	if all == nil {
		return nil
	}
	return all.ForEachBucket(func(cluster []byte) (err error) {
		s.deals[string(cluster)] = bytes.Clone(all.Bucket(cluster).Get([]byte(dealsKey)))
		s.ledgers[string(cluster)], err = readLedger(tx, string(cluster))
		return err
	})
}

// Ledger is Store.Ledger.
func (s *Snapshot) Ledger(cluster string) (lease.Ledger, error) { return s.ledgers[cluster], nil }

// Deals is Store.Deals.
func (s *Snapshot) Deals(cluster string, deals any) error {
	if s.deals[cluster] == nil {
		return nil
	}
	return json.Unmarshal(s.deals[cluster], deals)
}

// Deals reads which place runs each item of the roles that are spread into deals; nothing, if none was ever dealt.
func (s *Store) Deals(cluster string, deals any) error {
	err := s.db.view(func(tx *bbolt.Tx) error {
		b := ledgerIn(tx, cluster)
		if b == nil || b.Get([]byte(dealsKey)) == nil {
			return nil
		}
		return json.Unmarshal(b.Get([]byte(dealsKey)), deals)
	})
	if err != nil {
		return fmt.Errorf("read what the roles of %s run where: %w", cluster, err)
	}
	return nil
}

// Deal keeps them.
func (s *Store) Deal(cluster string, deals any) error {
	value, err := json.Marshal(deals)
	if err == nil {
		err = s.db.update(func(tx *bbolt.Tx) error {
			b, err := ledgerOf(tx, cluster)
			if err != nil {
				return err
			}
			return b.Put([]byte(dealsKey), value)
		})
	}
	if err != nil {
		return fmt.Errorf("keep what the roles of %s run where: %w", cluster, err)
	}
	return nil
}

// Offs returns what is kept of the peers that are off, by serial.
func (s *Store) Offs(cluster string) (map[string]json.RawMessage, error) {
	all, err := s.bySerial(cluster, offsBucket)
	if err != nil {
		return nil, fmt.Errorf("read which peers of %s are off: %w", cluster, err)
	}
	return all, nil
}

// Off keeps why a peer is off; nil: it is not any more.
func (s *Store) Off(cluster, serial string, why any) error {
	if err := s.putSerial(cluster, offsBucket, serial, why); err != nil {
		return fmt.Errorf("keep that peer %s is off: %w", serial, err)
	}
	return nil
}

// Boots returns what is kept of how peers come up, by serial.
func (s *Store) Boots(cluster string) (map[string]json.RawMessage, error) {
	all, err := s.bySerial(cluster, bootsBucket)
	if err != nil {
		return nil, fmt.Errorf("read how peers of %s come up: %w", cluster, err)
	}
	return all, nil
}

// Boot keeps how a peer was seen to come up; nil: nothing is known of it.
func (s *Store) Boot(cluster, serial string, how any) error {
	if err := s.putSerial(cluster, bootsBucket, serial, how); err != nil {
		return fmt.Errorf("keep how peer %s comes up: %w", serial, err)
	}
	return nil
}

// bySerial returns all that a bucket of a cluster has.
func (s *Store) bySerial(cluster, bucket string) (map[string]json.RawMessage, error) {
	all := map[string]json.RawMessage{}
	return all, s.db.view(func(tx *bbolt.Tx) error {
		b := ledgerIn(tx, cluster, bucket)
		if b == nil {
			return nil
		}
		return b.ForEach(func(serial, value []byte) error {
			all[string(serial)] = append(json.RawMessage(nil), value...)
			return nil
		})
	})
}

// putSerial writes one value into a bucket of a cluster; nil takes it out.
func (s *Store) putSerial(cluster, bucket, serial string, value any) error {
	return s.db.update(func(tx *bbolt.Tx) error {
		b, err := ledgerOf(tx, cluster)
		if err != nil {
			return err
		}
		if value == nil {
			return b.Bucket([]byte(bucket)).Delete([]byte(serial))
		}
		data, err := json.Marshal(value)
		if err != nil {
			return err
		}
		return b.Bucket([]byte(bucket)).Put([]byte(serial), data)
	})
}
