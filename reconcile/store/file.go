package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// writeWhole writes a file that is there whole or not at all, whenever this process or its machine stops.
// Only its owner may read it.
func writeWhole(name string, data []byte) error {
	return writeStream(name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// writeStream is writeWhole of what need not be in memory as a whole.
func writeStream(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	err = write(f)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// syncDir makes sure that what was made in a directory is still there when the machine stops.
func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
