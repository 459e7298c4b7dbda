package source

import (
	"fmt"
	"io/fs"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// folder gives the entries of a folder. Callers must not change them.
func (o *objects) folder(e object.TreeEntry) ([]object.TreeEntry, error) {
	switch mode := fileMode(e.Mode); {
	case mode.IsRegular():
		return nil, fs.ErrNotExist // as in every path through a file
	case !mode.IsDir():
		return nil, fmt.Errorf("%s: %w but a %s", e.Name, ErrNotRegular, kind(mode))
	}
	if known, ok := o.trees.Load(e.Hash); ok {
		return known.([]object.TreeEntry), nil
	}
	entries, err := o.decodeFolder(e.Hash)
	if err != nil {
		return nil, err
	}
	o.trees.Store(e.Hash, entries)
	return entries, nil
}

func (o *objects) decodeFolder(h plumbing.Hash) ([]object.TreeEntry, error) {
	stored, err := o.get(plumbing.TreeObject, h)
	if err != nil {
		return nil, err
	}
	tree, err := object.DecodeTree(o.storage, stored)
	if err != nil {
		return nil, objectError(h, err)
	}
	return tree.Entries, checkEntries(tree.Entries)
}

// checkEntries refuses a folder that Git could not have made: a name that leads elsewhere, and one name for
// two things, where a reviewer could be shown the one and the program given the other.
func checkEntries(entries []object.TreeEntry) error {
	seen := make(map[string]bool, len(entries))
	for _, e := range entries {
		if err := checkName(e.Name); err != nil {
			return err
		}
		if seen[e.Name] {
			return fmt.Errorf("%w %q: it is there twice", ErrUnsafeName, e.Name)
		}
		seen[e.Name] = true
	}
	return nil
}

func indexName(entries []object.TreeEntry, name string) int {
	return slices.IndexFunc(entries, func(e object.TreeEntry) bool { return e.Name == name })
}
