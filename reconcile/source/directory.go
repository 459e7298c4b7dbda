package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Directory gives the files of dir as they lie there, "" being the current directory. Symbolic links are
// followed within the CUE module and refused where they lead out of it. It is an error if dir is missing, is
// no folder or cannot be read. The caller closes the tree.
func Directory(dir string) (Tree, error) {
	t, err := directory(dir)
	if err != nil {
		return Tree{}, fmt.Errorf("read configuration: %w", err)
	}
	return t, nil
}

func directory(dir string) (Tree, error) {
	at, err := locate(dir)
	if err != nil {
		return Tree{}, err
	}
	if err := checkFolder(at.given); err != nil {
		return Tree{}, err
	}
	top := moduleRoot(at.real)
	below, err := at.below(top)
	if err != nil {
		return Tree{}, err
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		return Tree{}, err
	}
	files := guard{rootFiles{root.FS()}, MaxFileSize}
	return Tree{FS: files, Dir: below, Revision: Files, folder: at.name(top), closes: root.Close}, nil
}

func checkFolder(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no folder %s: %w", dir, fs.ErrNotExist)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is no folder; give the folder that holds the cluster's files", dir)
	}
	return nil
}

// rootFiles are the files below an os.Root.
type rootFiles struct{ root fs.FS }

func (r rootFiles) stat(name string) (fs.FileInfo, error) { return fs.Stat(r.root, name) }

func (r rootFiles) open(name string) (io.ReadCloser, error) { return r.root.Open(name) }

func (r rootFiles) list(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(r.root, name)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if err := checkName(e.Name()); err != nil {
			return nil, err
		}
	}
	return entries, nil
}
