package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxFileSize is the most bytes a file may have, 64 MiB: far beyond any configuration, and little enough to
// be held in memory.
const MaxFileSize = 64 << 20

// What reading a Tree's files can meet beside fs.ErrNotExist and fs.ErrInvalid.
var (
	// ErrNotRegular says that a name is neither a file nor a folder: a submodule, a device, or, in a
	// commit, a symbolic link. It is listed, but cannot be read.
	ErrNotRegular = errors.New("not a regular file")
	// ErrTooLarge says that a file has more than MaxFileSize bytes.
	ErrTooLarge = errors.New("file too large")
	// ErrUnsafeName says that a folder holds a name that could lead out of the tree or forge a message.
	// Nothing of that folder can be listed and, in a commit, nothing of it can be read.
	ErrUnsafeName = errors.New("unsafe file name")
)

// files is what a directory and a commit each say of themselves. Names are valid and lead nowhere else; list
// is sorted and has safe names only.
type files interface {
	stat(name string) (fs.FileInfo, error)
	list(name string) ([]fs.DirEntry, error)
	open(name string) (io.ReadCloser, error)
}

// guard makes an fs.FS of files, with one set of limits for all. Whole files are read at Open, so that a
// reader never sees a file change under it.
type guard struct {
	files files
	max   int64 // bytes in a file
}

func (g guard) Open(name string) (fs.File, error) {
	info, err := g.look("open", name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return g.openFolder(name, info)
	}
	data, err := g.read("open", name, info)
	if err != nil {
		return nil, err
	}
	return &openFile{bytes.NewReader(data), info}, nil
}

func (g guard) openFolder(name string, info fs.FileInfo) (fs.File, error) {
	entries, err := g.ReadDir(name)
	if err != nil {
		return nil, err
	}
	return &openFolder{info, entries}, nil
}

func (g guard) Stat(name string) (fs.FileInfo, error) { return g.look("stat", name) }

func (g guard) ReadFile(name string) ([]byte, error) {
	info, err := g.look("read", name)
	if err != nil {
		return nil, err
	}
	return g.read("read", name, info)
}

func (g guard) ReadDir(name string) ([]fs.DirEntry, error) {
	if !validPath(name) {
		return nil, failure("readdir", name, fs.ErrInvalid)
	}
	entries, err := g.files.list(name)
	if err != nil {
		return nil, failure("readdir", name, err)
	}
	return entries, nil
}

func (g guard) look(op, name string) (fs.FileInfo, error) {
	if !validPath(name) {
		return nil, failure(op, name, fs.ErrInvalid)
	}
	info, err := g.files.stat(name)
	if err != nil {
		return nil, failure(op, name, err)
	}
	return info, nil
}

func (g guard) read(op, name string, info fs.FileInfo) ([]byte, error) {
	if !info.Mode().IsRegular() {
		return nil, failure(op, name, fmt.Errorf("%w but a %s", ErrNotRegular, kind(info.Mode())))
	}
	if info.Size() > g.max {
		return nil, failure(op, name, tooLarge(g.max))
	}
	data, err := g.content(name)
	if err != nil {
		return nil, failure(op, name, err)
	}
	return data, nil
}

// content trusts no size it was told: the file may have grown since.
func (g guard) content(name string) ([]byte, error) {
	r, err := g.files.open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, g.max+1))
	if err == nil && int64(len(data)) > g.max {
		err = tooLarge(g.max)
	}
	return data, errors.Join(err, r.Close())
}

func tooLarge(limit int64) error { return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit) }

// failure names the path once, also where the cause has named it already.
func failure(op, name string, err error) error {
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		err = inner.Err
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

func kind(mode fs.FileMode) string {
	switch mode.Type() {
	case fs.ModeDir:
		return "folder"
	case fs.ModeSymlink:
		return "symbolic link"
	case fs.ModeIrregular:
		return "submodule"
	default:
		return "device, pipe or socket"
	}
}

// validPath is fs.ValidPath for every system: a backslash separates on one, and a zero byte ends a name.
func validPath(name string) bool {
	return fs.ValidPath(name) && !strings.ContainsAny(name, "\\\x00")
}

// checkName refuses the name of an entry that could lead out of its folder, and one that could not be shown
// as it is.
func checkName(name string) error {
	odd := name == "" || name == "." || name == ".." || !utf8.ValidString(name) ||
		strings.ContainsAny(name, `/\`) || strings.ContainsFunc(name, unicode.IsControl)
	if odd {
		return fmt.Errorf("%w %q", ErrUnsafeName, name)
	}
	return nil
}
