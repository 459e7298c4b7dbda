package source

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// save writes the files as blobs and trees, and gives the tree of them all.
func (e Export) save(to storer.EncodedObjectStorer) (plumbing.Hash, error) {
	return saveFolder(to, e.Files)
}

func saveFolder(to storer.EncodedObjectStorer, files map[string][]byte) (plumbing.Hash, error) {
	tree, below := &object.Tree{}, map[string]map[string][]byte{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if folder, rest, found := strings.Cut(name, "/"); found {
			if below[folder] == nil {
				below[folder] = map[string][]byte{}
			}
			below[folder][rest] = files[name]
			continue
		}
		h, err := saveBlob(to, files[name])
		if err != nil {
			return h, err
		}
		tree.Entries = append(tree.Entries, object.TreeEntry{Name: name, Mode: filemode.Regular, Hash: h})
	}
	for _, folder := range slices.Sorted(maps.Keys(below)) {
		if _, both := files[folder]; both {
			return plumbing.ZeroHash, fmt.Errorf("%w %q: it is a file and a folder", ErrUnsafeName, folder)
		}
		h, err := saveFolder(to, below[folder])
		if err != nil {
			return h, err
		}
		tree.Entries = append(tree.Entries, object.TreeEntry{Name: folder, Mode: filemode.Dir, Hash: h})
	}
	slices.SortFunc(tree.Entries, func(a, b object.TreeEntry) int { return strings.Compare(gitOrder(a), gitOrder(b)) })
	return saveObject(to, tree)
}

// gitOrder is what Git sorts entries by: folders as if their names ended in a slash.
func gitOrder(e object.TreeEntry) string {
	if e.Mode == filemode.Dir {
		return e.Name + "/"
	}
	return e.Name
}

func saveBlob(to storer.EncodedObjectStorer, data []byte) (plumbing.Hash, error) {
	o := &plumbing.MemoryObject{}
	o.SetType(plumbing.BlobObject)
	if _, err := o.Write(data); err != nil {
		return plumbing.ZeroHash, err
	}
	return to.SetEncodedObject(o)
}

func saveObject(to storer.EncodedObjectStorer, o interface {
	Encode(plumbing.EncodedObject) error
},
) (plumbing.Hash, error) {
	encoded := &plumbing.MemoryObject{}
	if err := o.Encode(encoded); err != nil {
		return plumbing.ZeroHash, err
	}
	return to.SetEncodedObject(encoded)
}

// commit is the export as the commit after parent, or the first one after the zero hash. Equal exports after
// equal parents are the same commit.
func (e Export) commit(to storer.EncodedObjectStorer, tree, parent plumbing.Hash) (plumbing.Hash, error) {
	author := object.Signature{Name: e.Author, Email: e.Address, When: e.When.UTC()}
	c := &object.Commit{Author: author, Committer: author, Message: strings.TrimSpace(e.Message) + "\n", TreeHash: tree}
	if !parent.IsZero() {
		c.ParentHashes = []plumbing.Hash{parent}
	}
	return saveObject(to, c)
}
