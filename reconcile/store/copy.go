package store

import (
	"fmt"
	"io"

	"go.etcd.io/bbolt"
)

// Copy writes the state's file as it is at this moment, without holding anybody up. It has no secrets, but marks of
// them, and no key: with that, which lies beside the file, it is a backup.
func (s *Store) Copy(w io.Writer) error {
	err := s.db.view(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(w)
		return err
	})
	if err != nil {
		return fmt.Errorf("copy the state: %w", err)
	}
	return nil
}
