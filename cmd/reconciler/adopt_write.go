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

// rewrite gives a file another content; was is nil for one that was not there.
type rewrite struct {
	path      string
	was, data []byte
}

// rewrites are those of the files, and of a new one for the proposal if it has a name.
func (a *app) rewrites(t *taking, proposal []byte, out string) []rewrite {
	var all []rewrite
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		all = append(all, rewrite{a.path(t, name), t.in.Files[name], t.files[name]})
	}
	if out != "" && len(proposal) > 0 {
		all = append(all, rewrite{path: out, data: proposal})
	}
	return all
}

// writeAdopted writes the changed files, with consent.
func (a *app) writeAdopted(ctx context.Context, all []rewrite, o adoptOptions) error {
	if len(all) == 0 {
		return nil
	}
	if _, err := os.Lstat(o.out); o.out != "" && err == nil {
		return failf(exitError, "--out %s: it is there already, and is not written over: nothing was written; name another file", o.out)
	}
	if !o.approved {
		if !a.terminal.in {
			return failf(exitError, "adopt asks before it writes, and there is no terminal to ask at: add --auto-approve")
		}
		if err := a.ui.confirm(ctx, a.stdin, "Write "+count(len(all), "file")+"?", "nothing was written"); err != nil {
			return err
		}
	}
	for _, r := range all {
		if err := unmoved(r.path, r.was); err != nil {
			return err
		}
	}
	for i, r := range all {
		if err := replaceFile(r.path, r.data); err != nil {
			return fmt.Errorf("adopt: %d of %s were written: %w", i, count(len(all), "file"), err)
		}
	}
	return a.ui.line("Wrote %s. Nothing is committed.", count(len(all), "file"))
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
