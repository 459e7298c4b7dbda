package node

import (
	"bytes"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// maxPageBytes ends a page early: a thousand items of 1 MiB would not fit.
const maxPageBytes = 8 << 20

// record is an item as stored. Revisions begin with 1; 0 means no item.
type record struct {
	Revision uint64          `json:"revision"`
	Body     json.RawMessage `json:"body"` // canonical
}

// item is a record under its id.
type item struct {
	ID string `json:"id"`
	record
}

// totals are what the status says of a kind. Count and Digest follow from the
// items, Revision does not: it outlives a removed item.
type totals struct {
	Count    int    `json:"count"`
	Revision uint64 `json:"revision"`
	Digest   digest `json:"digest"`
}

// shelf is one kind inside one transaction.
type shelf struct {
	tx    *bolt.Tx
	kind  string
	items *bolt.Bucket // nil as long as the kind has never been written
}

func openShelf(tx *bolt.Tx, kind string) *shelf {
	return &shelf{tx, kind, tx.Bucket([]byte(itemsBucket)).Bucket([]byte(kind))}
}

func (s *shelf) get(id string) (record, error) {
	if s.items == nil {
		return record{}, nil
	}
	value := s.items.Get([]byte(id))
	if value == nil {
		return record{}, nil
	}
	return s.decode(id, value)
}

func (s *shelf) decode(id string, value []byte) (r record, err error) {
	if err := json.Unmarshal(value, &r); err != nil {
		return record{}, fmt.Errorf("read %s: %w", key{s.kind, id}, err)
	}
	return r, nil
}

func (s *shelf) put(id string, body []byte, check func(uint64) error) (was, is record, err error) {
	if was, err = s.get(id); err != nil {
		return was, is, err
	}
	if err = check(was.Revision); err != nil {
		return was, is, err
	}
	if was.Revision > 0 && bytes.Equal(was.Body, body) {
		return was, was, nil
	}
	is.Body = body
	is.Revision, err = s.count(id, was.Body, body)
	if err != nil {
		return was, is, err
	}
	return was, is, s.set(id, is)
}

func (s *shelf) set(id string, r record) error {
	items, err := s.tx.Bucket([]byte(itemsBucket)).CreateBucketIfNotExists([]byte(s.kind))
	if err != nil {
		return err
	}
	value, err := encode(r)
	if err != nil {
		return err
	}
	return items.Put([]byte(id), value)
}

func (s *shelf) remove(id string, check func(uint64) error) (uint64, error) {
	was, err := s.get(id)
	if err != nil {
		return 0, err
	}
	if err := check(was.Revision); err != nil {
		return 0, err
	}
	revision, err := s.count(id, was.Body, nil)
	if err != nil {
		return 0, err
	}
	return revision, s.items.Delete([]byte(id))
}

// page visits up to limit stored items whose ids come after the given one, in
// their order, and returns the id of the last if more follow.
func (s *shelf) page(after string, limit int, visit visitor) (next string, err error) {
	if s.items == nil {
		return "", nil
	}
	count, size, cursor := 0, 0, s.items.Cursor()
	for id, value := seekPast(cursor, after); id != nil; id, value = cursor.Next() {
		if count == limit || size > maxPageBytes {
			return next, nil
		}
		if err := visit(string(id), value); err != nil {
			return "", err
		}
		count, size, next = count+1, size+len(value), string(id)
	}
	return "", nil
}

// visitor is given an item as it is stored, for as long as it runs.
type visitor func(id string, value []byte) error

func seekPast(cursor *bolt.Cursor, after string) (id, value []byte) {
	id, value = cursor.Seek([]byte(after))
	if id != nil && string(id) == after {
		return cursor.Next()
	}
	return id, value
}
