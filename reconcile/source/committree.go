package source

import (
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// commitFiles are the files below one tree object.
type commitFiles struct {
	objects *objects
	root    plumbing.Hash
	time    time.Time // of the commit: Git keeps no other
}

func (c commitFiles) stat(name string) (fs.FileInfo, error) {
	e, err := c.objects.find(c.root, name)
	if err != nil {
		return nil, err
	}
	return c.info(e)
}

func (c commitFiles) list(name string) ([]fs.DirEntry, error) {
	e, err := c.objects.find(c.root, name)
	if err != nil {
		return nil, err
	}
	entries, err := c.objects.folder(e)
	if err != nil {
		return nil, err
	}
	list := make([]fs.DirEntry, len(entries))
	for i, e := range entries {
		list[i] = commitEntry{c, e}
	}
	// Git sorts folders as if their names ended in a slash.
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

func (c commitFiles) open(name string) (io.ReadCloser, error) {
	e, err := c.objects.find(c.root, name)
	if err != nil {
		return nil, err
	}
	blob, err := c.objects.get(plumbing.BlobObject, e.Hash)
	if err != nil {
		return nil, err
	}
	return blob.Reader()
}

func (c commitFiles) info(e object.TreeEntry) (fs.FileInfo, error) {
	info := commitInfo{name: path.Base(e.Name), mode: fileMode(e.Mode), time: c.time}
	if info.mode.IsRegular() {
		size, err := c.objects.size(e.Hash)
		if err != nil {
			return nil, err
		}
		info.size = size
	}
	return info, nil
}

// fileMode is the mode of a file that nobody can write to.
func fileMode(m filemode.FileMode) fs.FileMode {
	switch m {
	case filemode.Dir:
		return fs.ModeDir | 0o555
	case filemode.Regular, filemode.Deprecated:
		return 0o444
	case filemode.Executable:
		return 0o555
	case filemode.Symlink:
		return fs.ModeSymlink | 0o444
	default:
		return fs.ModeIrregular
	}
}

// commitEntry is one entry of a folder. Its size is looked up only when it is asked for.
type commitEntry struct {
	files commitFiles
	entry object.TreeEntry
}

func (e commitEntry) Name() string               { return e.entry.Name }
func (e commitEntry) IsDir() bool                { return e.entry.Mode == filemode.Dir }
func (e commitEntry) Type() fs.FileMode          { return fileMode(e.entry.Mode).Type() }
func (e commitEntry) Info() (fs.FileInfo, error) { return e.files.info(e.entry) }
func (e commitEntry) String() string             { return fs.FormatDirEntry(e) }

type commitInfo struct {
	name string
	size int64
	mode fs.FileMode
	time time.Time
}

func (i commitInfo) Name() string       { return i.name }
func (i commitInfo) Size() int64        { return i.size }
func (i commitInfo) Mode() fs.FileMode  { return i.mode }
func (i commitInfo) ModTime() time.Time { return i.time }
func (i commitInfo) IsDir() bool        { return i.mode.IsDir() }
func (i commitInfo) Sys() any           { return nil }
func (i commitInfo) String() string     { return fs.FormatFileInfo(i) }
