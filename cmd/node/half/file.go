package half

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
)

// recall reads what was kept, nothing if nothing was yet.
func recall(path string) (k lease.Kept, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &k)
	}
	if err != nil {
		return k, fmt.Errorf("%s: %w; it says which grants this node must refuse: bring it back, or see that nothing of the node's roles runs, remove it, and enrol the node again", path, err)
	}
	return k, nil
}

// keep writes the file anew, so that after a power cut the old one or the new one is there.
func keep(path string, k lease.Kept) error {
	data, err := json.Marshal(k)
	if err != nil {
		return err
	}
	part := path + ".part" // of nobody else: who keeps it has the directory to himself
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a file's new name survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
