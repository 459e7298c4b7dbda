package source

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
)

// shownBranches is how many branches an error names.
const shownBranches = 8

// heads are the branches that a repository has.
type heads struct {
	head     plumbing.Hash // zero where HEAD stands for nothing
	target   string        // the branch that HEAD stands for, "" where it is not told
	branches map[string]plumbing.Hash
}

// advertisedHeads takes the branches out of all that a server names.
func advertisedHeads(refs *packp.AdvRefs) heads {
	all := heads{branches: map[string]plumbing.Hash{}}
	for name, h := range refs.References {
		if branch, found := strings.CutPrefix(name, "refs/heads/"); found {
			all.branches[branch] = h
		}
	}
	if refs.Head != nil {
		all.head = *refs.Head
	}
	for _, link := range refs.Capabilities.Get(capability.SymRef) {
		if branch, found := strings.CutPrefix(link, "HEAD:refs/heads/"); found {
			all.target = branch
		}
	}
	return all
}

// pick gives the commit of a branch, or of HEAD for "".
func (h heads) pick(branch string) (plumbing.Hash, error) {
	found, is := h.branches[branch]
	switch {
	case is:
		return found, nil
	case len(h.branches) == 0:
		return found, errors.New("it has no branch; push a commit to it first")
	case branch != "":
		return found, fmt.Errorf("it has no branch %q; it has %s: give one of them", branch, h.names())
	case h.head.IsZero():
		return found, fmt.Errorf("its HEAD stands for no branch that it has; it has %s: give one of them", h.names())
	}
	return h.head, nil
}

// names lists the first branches. Their names are anybody's text.
func (h heads) names() string {
	all := slices.Sorted(maps.Keys(h.branches))
	more := ""
	if len(all) > shownBranches {
		more = fmt.Sprintf(" and %d more", len(all)-shownBranches)
		all = all[:shownBranches]
	}
	for i, name := range all {
		all[i] = brief(name)
	}
	return strings.Join(all, ", ") + more
}

// brief is somebody else's text, fit to be shown in a line.
func brief(s string) string {
	const most = 200 // bytes
	if len(s) > most {
		s = s[:most] + "..."
	}
	return printable(s)
}
