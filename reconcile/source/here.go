package source

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Head gives the hash, in hexadecimal, of the commit that rev names in the Git repository that dir is in, with
// the errors of Commit, and reads no files: it tells whether there is something new.
func Head(ctx context.Context, dir, rev string) (string, error) {
	h, err := head(ctx, dir, rev)
	if err != nil {
		return "", fmt.Errorf("find the commit of %.*q: %w", maxRevision, rev, err)
	}
	return h.String(), nil
}

func head(ctx context.Context, dir, rev string) (plumbing.Hash, error) {
	name, steps, err := parseRevision(rev)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	_, _, store, err := enclosing(ctx, dir)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	c, err := store.resolve(name, steps)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	return c.Hash, nil
}

// enclosing opens the repository that dir is in, and says where its top is.
func enclosing(ctx context.Context, dir string) (place, string, *objects, error) {
	at, err := locate(dir)
	if err != nil {
		return at, "", nil, err
	}
	top, ok := repositoryTop(at.real)
	if !ok {
		return at, "", nil, fmt.Errorf("%s is in no Git repository", at.given)
	}
	store, err := openObjects(ctx, top)
	return at, top, store, err
}

// here is a repository in a folder of this machine. It is read where it lies, and opened anew each time:
// others pack and prune it.
type here struct{ path string }

func (r here) open(ctx context.Context) (*objects, error) {
	at, err := locate(r.path)
	if err != nil {
		return nil, err
	}
	if !hasGit(at.real) && !isBare(at.real) {
		return nil, errors.New("there is no Git repository; give the folder that has .git, or that of a bare one")
	}
	return openObjects(ctx, at.real)
}

func (r here) close() {}

func (r here) commit(ctx context.Context, _ plumbing.Hash) (*objects, error) {
	return r.open(ctx)
}

func (r here) heads(ctx context.Context) (heads, error) {
	store, err := r.open(ctx)
	if err != nil {
		return heads{}, err
	}
	return store.heads()
}

func (o *objects) heads() (heads, error) {
	all := heads{branches: map[string]plumbing.Hash{}}
	refs, err := o.storage.IterReferences()
	if err != nil {
		return all, err
	}
	err = refs.ForEach(func(ref *plumbing.Reference) error {
		if branch, found := strings.CutPrefix(ref.Name().String(), "refs/heads/"); found && ref.Type() == plumbing.HashReference {
			all.branches[branch] = ref.Hash()
		}
		return nil
	})
	if err != nil {
		return all, err
	}
	head, err := o.storage.Reference(plumbing.HEAD)
	if err != nil {
		return all, fmt.Errorf("read its HEAD: %w", err)
	}
	all.head = head.Hash() // zero where it is a branch
	if branch, found := strings.CutPrefix(head.Target().String(), "refs/heads/"); found {
		all.target, all.head = branch, all.branches[branch]
	}
	return all, nil
}
