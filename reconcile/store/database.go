package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

const (
	fileName = "state.db"
	format   = "1"
)

// database is the file in a state directory. bbolt trusts what it reads, and panics, or faults beyond the
// file's end, where it is damaged; here that is an error like any other.
type database struct {
	dir    string
	bolt   *bbolt.DB
	file   *os.File    // bbolt's
	opened os.FileInfo // of it
	broken atomic.Bool // bbolt has panicked: its locks are in no known state
	doubt  atomic.Bool // a change came to nothing, and may still show, although it is not on the disk
}

func openDatabase(dir string, wait time.Duration, readOnly bool) (*database, error) {
	d := &database{dir: dir}
	// bbolt takes zero for "wait for ever".
	if !readOnly {
		if err := create(filepath.Join(dir, fileName)); err != nil {
			return nil, fmt.Errorf("open state %s: %w", dir, err)
		}
	}
	options := &bbolt.Options{Timeout: max(wait, time.Millisecond), ReadOnly: readOnly, FreelistType: bbolt.FreelistMapType}
	options.OpenFile = func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		d.file, err = os.OpenFile(name, flag, mode)
		if err == nil {
			d.opened, err = d.file.Stat()
		}
		return d.file, err
	}
	err := d.guarded(func() (err error) {
		d.bolt, err = bbolt.Open(filepath.Join(dir, fileName), 0o600, options)
		return err
	})
	switch {
	case err == nil:
		return d, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, &LockedError{Dir: dir, Holder: readHolder(dir)}
	case d.broken.Load():
		return nil, errors.Join(err, d.file.Close())
	}
	if _, refused := errors.AsType[syscall.Errno](err); refused {
		return nil, fmt.Errorf("open state %s: %w", dir, err)
	}
	return nil, d.damaged(err)
}

// create makes an empty database, whole or not at all: half of one, as a full disk leaves it, would be taken for
// a damaged one. Where two do so at once the first wins. A file system without links has bbolt make it.
func create(name string) error {
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return nil // whoever opens it says what is wrong with it
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+fileName+".*")
	if err != nil {
		return err
	}
	err = f.Close()
	if err == nil {
		err = empty(f.Name())
	}
	if err == nil {
		_ = os.Link(f.Name(), name)
	}
	return errors.Join(err, os.Remove(f.Name()))
}

func empty(name string) error {
	db, err := bbolt.Open(name, 0o600, nil)
	if err != nil {
		return err
	}
	return db.Close()
}

func (d *database) view(f func(*bbolt.Tx) error) error {
	return d.guarded(func() error { return d.bolt.View(f) })
}

func (d *database) update(f func(*bbolt.Tx) error) error {
	refused := false
	err := d.guarded(func() error {
		return d.bolt.Update(func(tx *bbolt.Tx) error {
			err := f(tx)
			refused = err != nil
			return err
		})
	})
	if !refused {
		d.doubt.Store(err != nil)
	}
	return err
}

func (d *database) guarded(f func() error) (err error) {
	if d.broken.Load() {
		return d.damaged(errors.New("it was found so before"))
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			d.broken.Store(true)
			err = d.damaged(p)
		}
	}()
	return f()
}

func (d *database) damaged(why any) error {
	return fmt.Errorf("the state in %s is damaged (%v): bring it back from a backup, or remove %s: every peer is then met for the first time",
		d.dir, why, fileName)
}

// close lets go of the file, whatever state bbolt is in.
func (d *database) close() error {
	if d.broken.Load() {
		return d.file.Close()
	}
	return d.bolt.Close()
}

// checkFormat refuses a file that a later version of this program wrote.
func checkFormat(tx *bbolt.Tx) error {
	meta := tx.Bucket([]byte("meta"))
	if meta == nil {
		return nil
	}
	if found := string(meta.Get([]byte("format"))); found != "" && found != format {
		return fmt.Errorf("it is of format %s, and this version knows %s only: use the version that wrote it", found, format)
	}
	return nil
}

func claimFormat(tx *bbolt.Tx) error {
	if err := checkFormat(tx); err != nil {
		return err
	}
	meta, err := tx.CreateBucketIfNotExists([]byte("meta"))
	if err != nil {
		return err
	}
	return meta.Put([]byte("format"), []byte(format))
}
