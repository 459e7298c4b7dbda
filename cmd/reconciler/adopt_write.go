package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// writeAdopted writes the changed files, with consent.
func (a *app) writeAdopted(ctx context.Context, t *taking, o adoptOptions) error {
	if len(t.files) == 0 {
		return nil
	}
	if !o.approved {
		if !a.terminal.in {
			return failf(exitError, "adopt asks before it writes, and there is no terminal to ask at: add --auto-approve")
		}
		if err := a.ui.confirm(ctx, a.stdin, "Write "+count(len(t.files), "file")+"?", "nothing was written"); err != nil {
			return err
		}
	}
	names := slices.Sorted(maps.Keys(t.files))
	for _, name := range names {
		if err := unmoved(a.path(t, name), t.in.Files[name]); err != nil {
			return err
		}
	}
	for i, name := range names {
		if err := replaceFile(a.path(t, name), t.files[name]); err != nil {
			return fmt.Errorf("adopt: %d of %s were written: %w", i, count(len(names), "file"), err)
		}
	}
	return a.ui.line("Wrote %s. Nothing is committed.", count(len(names), "file"))
}

// path is where a file of the module lies, from where people are.
func (a *app) path(t *taking, name string) string {
	at := schema.Position{File: name}
	atDir(a.dir, t.in.Dir, &at)
	return at.File
}

// unmoved refuses to write over a file that somebody changed since it was read. want is nil for one that was
// not there.
func unmoved(path string, want []byte) error {
	now, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && want == nil:
		return nil
	case err != nil:
		return fmt.Errorf("adopt: %w", err)
	case !bytes.Equal(now, want) || want == nil:
		return failf(exitError, "%s was changed meanwhile: nothing was written; run adopt again", path)
	}
	return nil
}

// replaceFile gives a file another content, all at once: whatever stops it, there is the old one or the new.
func replaceFile(path string, data []byte) error {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".adopt-*")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = cmp.Or(err, file.Chmod(mode), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name()) // the error that counts is known
	}
	return err
}
