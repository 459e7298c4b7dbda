package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-git/go-billy/v5/osfs"
	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// objects reads a repository: references, and objects that are what their hashes say.
type objects struct {
	ctx context.Context // bounds every read; fs.FS has no other way to be given one
	*stored
}

// stored is what readers of one repository share.
type stored struct {
	storage *filesystem.Storage
	mu      sync.Mutex // the storage keeps indexes and caches without a lock
	trees   sync.Map   // plumbing.Hash to []object.TreeEntry, so that looking up a path decodes a folder once
}

func openObjects(ctx context.Context, top string) (*objects, error) {
	// Without EnableDotGitCommonDir a linked work tree would have no branches.
	repo, err := git.PlainOpenWithOptions(top, &git.PlainOpenOptions{EnableDotGitCommonDir: true})
	if err != nil {
		return nil, fmt.Errorf("open Git repository %s: %w", top, err)
	}
	opened, ok := repo.Storer.(*filesystem.Storage)
	if !ok {
		return nil, fmt.Errorf("open Git repository %s: storage is a %T", top, repo.Storer)
	}
	// A clone that borrows objects (clone --shared or --reference) names the other repository by its
	// absolute path, which is looked for within .git unless told otherwise.
	options := filesystem.Options{AlternatesFS: osfs.New(filepath.VolumeName(top) + string(filepath.Separator))}
	storage := filesystem.NewStorageWithOptions(opened.Filesystem(), cache.NewObjectLRUDefault(), options)
	return &objects{ctx, &stored{storage: storage}}, nil
}

// get reads one object, with its hash proved: a damaged or forged one is an error, not another configuration.
func (o *objects) get(t plumbing.ObjectType, h plumbing.Hash) (*plumbing.MemoryObject, error) {
	size, err := o.size(h)
	if err != nil {
		return nil, err
	}
	if size > MaxFileSize {
		return nil, fmt.Errorf("object %s: %w", h, tooLarge(MaxFileSize))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	stored, err := o.storage.EncodedObject(t, h)
	if err != nil {
		return nil, objectError(h, err)
	}
	return proved(stored, h)
}

func proved(stored plumbing.EncodedObject, h plumbing.Hash) (*plumbing.MemoryObject, error) {
	r, err := stored.Reader()
	if err != nil {
		return nil, objectError(h, err)
	}
	read := &plumbing.MemoryObject{}
	read.SetType(stored.Type())
	_, err = io.Copy(read, io.LimitReader(r, MaxFileSize+1))
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, objectError(h, err)
	}
	if read.Hash() != h {
		return nil, fmt.Errorf("object %s: the repository is damaged: content is that of %s", h, read.Hash())
	}
	return read, nil
}

// size is in bytes, as the repository states it.
func (o *objects) size(h plumbing.Hash) (int64, error) {
	if err := o.ctx.Err(); err != nil {
		return 0, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	size, err := o.storage.EncodedObjectSize(h)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		// Sizes are not looked for in borrowed objects.
		borrowed, err := o.storage.EncodedObject(plumbing.AnyObject, h)
		if err != nil {
			return 0, objectError(h, err)
		}
		return borrowed.Size(), nil
	}
	return size, objectError(h, err)
}

func objectError(h plumbing.Hash, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, plumbing.ErrObjectNotFound):
		return fmt.Errorf("object %s is not here; a shallow or partial clone lacks some", h)
	default:
		return fmt.Errorf("object %s: %w", h, err)
	}
}

func (o *objects) commit(h plumbing.Hash) (*object.Commit, error) {
	stored, err := o.get(plumbing.CommitObject, h)
	if err != nil {
		return nil, err
	}
	c, err := object.DecodeCommit(o.storage, stored)
	return c, objectError(h, err)
}

// find looks a path up below the tree root, following nothing.
func (o *objects) find(root plumbing.Hash, name string) (object.TreeEntry, error) {
	at := object.TreeEntry{Name: ".", Mode: filemode.Dir, Hash: root}
	if name == "." {
		return at, nil
	}
	for part := range strings.SplitSeq(name, "/") {
		entries, err := o.folder(at)
		if err != nil {
			return at, err
		}
		i := indexName(entries, part)
		if i < 0 {
			return at, fs.ErrNotExist
		}
		at = entries[i]
	}
	return at, nil
}
