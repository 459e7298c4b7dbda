package source

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
)

// openFile is a file read into memory; bytes.Reader gives Read, Seek and ReadAt.
type openFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

// openFolder is a folder with the entries that remain to be read.
type openFolder struct {
	info    fs.FileInfo
	entries []fs.DirEntry
}

func (d *openFolder) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openFolder) Close() error               { return nil }

func (d *openFolder) Read([]byte) (int, error) {
	return 0, failure("read", d.info.Name(), errors.New("is a folder"))
}

// ReadDir is as fs.ReadDirFile says.
func (d *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.entries) {
		if n > 0 && len(d.entries) == 0 {
			return nil, io.EOF
		}
		n = len(d.entries)
	}
	head := d.entries[:n:n]
	d.entries = d.entries[n:]
	return head, nil
}
