package source

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/memory"
)

// ExportLocal is Remote.Export for the Git repository that dir is in. It writes objects and the branch, and
// touches neither index nor work tree. It takes the branch's lock, as Git does, so nobody comes between; it is
// an error if somebody else has it for longer than a moment, if a work tree has the branch checked out, or if
// the repository cannot be written to.
func ExportLocal(ctx context.Context, dir string, e Export) error {
	err := e.check()
	if err == nil {
		err = exportInto(ctx, dir, e)
	}
	if err != nil {
		return fmt.Errorf("export to branch %.*q of the repository that %s is in: %w", maxRevision, e.Branch, dir, err)
	}
	return nil
}

func exportInto(ctx context.Context, dir string, e Export) error {
	_, _, store, err := enclosing(ctx, dir)
	if err != nil {
		return err
	}
	return store.export(ctx, e)
}

func (r here) export(ctx context.Context, e Export, reads string) error {
	store, err := r.open(ctx)
	if err != nil {
		return err
	}
	all, err := store.heads()
	if err != nil {
		return err
	}
	if err := e.checkOwn(reads, all); err != nil {
		return err
	}
	return store.export(ctx, e)
}

func (o *objects) export(ctx context.Context, e Export) error {
	w := writing{objects: o, export: e, made: memory.NewStorage()}
	var err error
	if w.tree, err = e.save(w.made); err != nil {
		return err
	}
	if _, same, err := w.look(); same || err != nil {
		return err
	}
	common, err := o.common()
	if err != nil {
		return err
	}
	if err := o.checkFree(common, e.Branch); err != nil {
		return err
	}
	lock, err := lockRef(ctx, filepath.Join(common, "refs", "heads", filepath.FromSlash(e.Branch)))
	if err != nil {
		return err
	}
	return lock.finish(w.fill(lock))
}

// writing is an export on its way into a repository of this machine.
type writing struct {
	*objects
	export Export
	made   *memory.Storage // the objects that are written, if the branch does not hold them yet
	tree   plumbing.Hash
}

// look finds what the branch ends at, and whether it holds just what it shall.
func (w writing) look() (plumbing.Hash, bool, error) {
	ref, err := w.storage.Reference(plumbing.NewBranchReferenceName(w.export.Branch))
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return plumbing.ZeroHash, false, nil
	}
	if err != nil {
		return plumbing.ZeroHash, false, err
	}
	c, err := w.commit(ref.Hash())
	if err != nil {
		return plumbing.ZeroHash, false, err
	}
	return c.Hash, c.TreeHash == w.tree, nil
}

// fill writes the objects, and the commit's hash into the lock, which becomes the branch. It looks again, now
// that nobody else can write.
func (w writing) fill(lock *refLock) error {
	parent, same, err := w.look()
	if same || err != nil {
		return err
	}
	h, err := w.export.commit(w.made, w.tree, parent)
	if err != nil {
		return err
	}
	for _, made := range w.made.Objects {
		if _, err := w.storage.SetEncodedObject(made); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(lock.file, h)
	lock.written = err == nil
	return err
}
