package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	slash "path"
	"path/filepath"

	"github.com/gitops-reconciler/reconciler/schema/load"
)

// outside refuses a folder within a repository that has the schema already: a second one below it would
// be another module, which shares nothing with the first.
func outside(dir string) error {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	for at := absolute; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "cue.mod", "module.cue")); err == nil && at != absolute {
			return failf(exitError, "%s lies in the repository %s, which has the schema already; another cluster there is a folder with a cluster.cue in it, and needs no init", dir, at)
		}
		if _, err := os.Stat(filepath.Join(at, ".git")); err == nil || at == filepath.Dir(at) {
			return nil
		}
	}
}

// against compares files with what lies in dir. It returns what is still to be written, marked as new or
// not, and the names of those that are there.
func against(dir string, files []load.Edit) (todo []load.Edit, there []string, err error) {
	for _, file := range files {
		at := filepath.Join(dir, filepath.FromSlash(file.Name))
		switch _, err := os.Lstat(at); {
		case errors.Is(err, fs.ErrNotExist):
			file.New = true
		case err != nil:
			return nil, nil, fmt.Errorf("init: %w", err)
		default:
			file.New = false
			there = append(there, file.Name)
			if data, err := os.ReadFile(at); err == nil && bytes.Equal(data, file.Data) {
				continue
			}
		}
		todo = append(todo, file)
	}
	return todo, there, nil
}

// write makes the files of dir what edits say, in their order, and returns those that it carried out, also
// where one fails. No symbolic link leads it anywhere else. Killed anywhere, it can be run again.
func write(dir string, edits []load.Edit) (done []load.Edit, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for _, edit := range edits {
		if err := carryOut(root, edit); err != nil {
			return done, err
		}
		done = append(done, edit)
	}
	return done, nil
}

func carryOut(root *os.Root, edit load.Edit) error {
	if err := direct(root, slash.Dir(edit.Name)); err != nil {
		return err
	}
	if !edit.New {
		if err := root.Remove(edit.Name); err != nil {
			return err
		}
	}
	if edit.Data == nil {
		tidy(root, slash.Dir(edit.Name))
		return nil
	}
	if err := root.MkdirAll(slash.Dir(edit.Name), 0o755); err != nil {
		return err
	}
	return create(root, edit.Name, edit.Data)
}

// create writes a file that must not be there yet. One that begins as a script does can be executed.
func create(root *os.Root, name string, data []byte) error {
	mode := fs.FileMode(0o644)
	if bytes.HasPrefix(data, []byte("#!")) {
		mode = 0o755
	}
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return cmp.Or(err, file.Close())
}

// direct refuses to go through a symbolic link: what lies behind it belongs to somebody else.
func direct(root *os.Root, dir string) error {
	for ; dir != "."; dir = slash.Dir(dir) {
		if info, err := root.Lstat(dir); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return fmt.Errorf("%s is a symbolic link; replace it with a folder", dir)
		}
	}
	return nil
}

// tidy removes folders that have become empty, upwards.
func tidy(root *os.Root, dir string) {
	for dir != "." && root.Remove(dir) == nil {
		dir = slash.Dir(dir)
	}
}
