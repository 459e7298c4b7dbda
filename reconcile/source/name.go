package source

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// minHash is the fewest digits of a short hash, as in Git.
const minHash = 4

var errNoCommit = errors.New("give what leads to a commit")

// named finds the commit of a name without steps. A full hash is only ever a hash, and a reference goes
// before a short hash: else a commit could be made whose hash begins like a branch's name.
func (o *objects) named(name string) (plumbing.Hash, error) {
	if plumbing.IsHash(name) {
		return o.peel(plumbing.NewHash(name))
	}
	if ref := plumbing.ReferenceName(name); ref.IsSafe() {
		if h, ok, err := o.reference(ref); ok || err != nil {
			return h, err
		}
	}
	found, err := o.references(name)
	if err == nil && len(found) == 0 {
		found, err = o.abbreviated(name)
	}
	switch {
	case err != nil:
		return plumbing.ZeroHash, err
	case len(found) == 0:
		return plumbing.ZeroHash, fmt.Errorf("the repository has nothing of that name: %s", remedy)
	case len(found) > 1:
		return plumbing.ZeroHash, fmt.Errorf("it is ambiguous: %s; give the hash, or a name in full", join(found))
	}
	return found[0].commit, nil
}

// candidate is a commit that a name could mean, and how to say so in full.
type candidate struct {
	full   string
	commit plumbing.Hash
}

func join(found []candidate) string {
	var names []string
	for _, c := range found {
		names = append(names, c.full)
	}
	return strings.Join(names, ", ")
}

// references gives the commits of the references that Git would look at, one for each commit.
func (o *objects) references(name string) ([]candidate, error) {
	var found []candidate
	for _, rule := range plumbing.RefRevParseRules[1:] {
		ref := plumbing.ReferenceName(fmt.Sprintf(rule, name))
		h, ok, err := o.reference(ref)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ref, err)
		}
		if ok {
			found = add(found, ref.String(), h)
		}
	}
	return found, nil
}

// add leaves out a second name of the same commit.
func add(found []candidate, full string, h plumbing.Hash) []candidate {
	if slices.ContainsFunc(found, func(c candidate) bool { return c.commit == h }) {
		return found
	}
	return append(found, candidate{full, h})
}

// reference gives the commit that a reference leads to, and whether there is such a reference.
func (o *objects) reference(name plumbing.ReferenceName) (plumbing.Hash, bool, error) {
	ref, err := o.storage.Reference(name)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return plumbing.ZeroHash, false, nil
	}
	if err == nil && ref.Type() == plumbing.SymbolicReference {
		target := ref.Target()
		if ref, err = storer.ResolveReference(o.storage, target); err != nil {
			err = fmt.Errorf("it stands for %s, which has no commit: %w", target.Short(), err)
		}
	}
	if err != nil {
		return plumbing.ZeroHash, true, err
	}
	h, err := o.peel(ref.Hash())
	return h, true, err
}

// abbreviated gives the commits whose hashes begin with the name; it is an error if only other objects' do.
func (o *objects) abbreviated(name string) ([]candidate, error) {
	digits := strings.ToLower(name)
	if len(name) < minHash || strings.Trim(digits, "0123456789abcdef") != "" {
		return nil, nil
	}
	hashes, err := o.hashes(digits)
	if err != nil {
		return nil, fmt.Errorf("look for hashes: %w", err)
	}
	return o.commitsOf(hashes)
}

// hashes gives the hashes that begin with digits, which may be an odd number.
func (o *objects) hashes(digits string) ([]plumbing.Hash, error) {
	prefix, err := hex.DecodeString(digits[:len(digits)&^1])
	if err != nil {
		return nil, err
	}
	hashes, err := o.storage.HashesWithPrefix(prefix)
	return slices.DeleteFunc(hashes, func(h plumbing.Hash) bool {
		return !strings.HasPrefix(h.String(), digits)
	}), err
}

func (o *objects) commitsOf(hashes []plumbing.Hash) ([]candidate, error) {
	var found []candidate
	var other error
	for _, h := range hashes {
		c, err := o.peel(h)
		if errors.Is(err, errNoCommit) {
			other = err
		} else if err != nil {
			return nil, err
		} else {
			found = add(found, h.String(), c)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	return nil, other
}

// peel gives the commit that an object is, or that a tag leads to.
func (o *objects) peel(h plumbing.Hash) (plumbing.Hash, error) {
	stored, err := o.get(plumbing.AnyObject, h)
	if err != nil {
		return h, err
	}
	switch stored.Type() {
	case plumbing.CommitObject:
		return h, nil
	case plumbing.TagObject:
		tag, err := object.DecodeTag(o.storage, stored)
		if err != nil {
			return h, objectError(h, err)
		}
		return o.peel(tag.Target)
	default:
		return h, fmt.Errorf("it names a %s: %w", stored.Type(), errNoCommit)
	}
}
