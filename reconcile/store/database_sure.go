package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// ErrReplaced means that another file lies where the state was. Whoever holds that one may lead too.
var ErrReplaced = errors.New("another file lies in its place")

// sure makes sure that what is read now is still there after a crash, and is what the next start would find. A file
// that was taken away is read and written as before, and so is for a while a disk that takes nothing any more.
func (d *database) sure() error {
	if err := d.inPlace(); err != nil || !d.doubt.Load() {
		return err
	}
	return d.update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists([]byte("meta"))
		if err != nil {
			return err
		}
		return meta.Put([]byte("format"), []byte(format))
	})
}

// inPlace tells whether the file is still where it was opened, so that its lock keeps others out.
func (d *database) inPlace() error {
	name := filepath.Join(d.dir, fileName)
	switch is, err := os.Stat(name); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s is gone: bring it back", name)
	case err != nil:
		return err
	case !os.SameFile(is, d.opened):
		return fmt.Errorf("%s: %w", name, ErrReplaced)
	}
	return nil
}
