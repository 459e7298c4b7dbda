package node

import (
	"encoding/json"
	"fmt"
)

// totals returns zeros for a kind that has never been written.
func (s *shelf) totals() (t totals, err error) {
	value := s.tx.Bucket([]byte(totalsBucket)).Get([]byte(s.kind))
	if value == nil {
		return t, nil
	}
	if err := json.Unmarshal(value, &t); err != nil {
		return totals{}, fmt.Errorf("read totals of %s: %w", s.kind, err)
	}
	return t, nil
}

// count takes the node's next revision for a write of one item, and brings
// the totals up to date with it. A nil body is none: before, the item is
// created; after, it is removed.
func (s *shelf) count(id string, before, after []byte) (revision uint64, err error) {
	t, err := s.totals()
	if err != nil {
		return 0, err
	}
	if t.Revision, err = s.tx.Bucket([]byte(nodeBucket)).NextSequence(); err != nil {
		return 0, err
	}
	if before != nil {
		t.Count--
		t.Digest.toggle(id, before)
	}
	if after != nil {
		t.Count++
		t.Digest.toggle(id, after)
	}
	return t.Revision, s.setTotals(t)
}

// recount computes the totals anew from the items, so that a digest is never
// older than the program that reports it.
func (s *shelf) recount() error {
	t, err := s.totals()
	if err != nil {
		return err
	}
	t.Count, t.Digest = 0, digest{}
	err = s.items.ForEach(func(id, value []byte) error {
		r, err := s.decode(string(id), value)
		t.Count++
		t.Digest.toggle(string(id), r.Body)
		return err
	})
	if err != nil {
		return err
	}
	return s.setTotals(t)
}

func (s *shelf) setTotals(t totals) error {
	value, err := encode(t)
	if err != nil {
		return err
	}
	return s.tx.Bucket([]byte(totalsBucket)).Put([]byte(s.kind), value)
}
