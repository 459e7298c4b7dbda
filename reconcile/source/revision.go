package source

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

const (
	maxRevision = 250   // bytes in a revision
	maxStep     = 10000 // generations that ~N may go back
)

// remedy ends every error about what was given for a revision.
const remedy = "give a branch, a tag, a remote branch (origin/main), a full or short hash, or HEAD, " +
	"each optionally with ~N or ^N"

// step goes from a commit to an ancestor: '~' to the first parent, n times, '^' to the nth parent, once.
type step struct {
	kind byte
	n    int
}

// parseRevision splits a revision into a name, which Git would allow for a branch, and the steps back from
// it. Everything else that Git knows (name:path, name@{1}, ranges, searches) is refused.
func parseRevision(rev string) (string, []step, error) {
	switch {
	case len(rev) > maxRevision:
		return "", nil, fmt.Errorf("it is too long: %d bytes, at most %d: %s", len(rev), maxRevision, remedy)
	case strings.HasPrefix(rev, "-"):
		return "", nil, fmt.Errorf("it looks like an option: %s", remedy)
	case !utf8.ValidString(rev) || strings.ContainsFunc(rev, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", nil, fmt.Errorf("it holds unprintable characters: %s", remedy)
	}
	name, rest := rev, ""
	if i := strings.IndexAny(rev, "~^"); i >= 0 {
		name, rest = rev[:i], rev[i:]
	}
	if err := plumbing.NewBranchReferenceName(name).Validate(); err != nil {
		return "", nil, fmt.Errorf("it is nothing that can be named: %s", remedy)
	}
	steps, err := parseSteps(rest)
	return name, steps, err
}

func parseSteps(s string) ([]step, error) {
	var steps []step
	for s != "" {
		digits := len(s) - 1 - len(strings.TrimLeft(s[1:], "0123456789"))
		n, err := strconv.Atoi(s[1 : 1+digits])
		if digits == 0 {
			n, err = 1, nil
		}
		if err != nil || n > maxStep || !strings.ContainsRune("~^", rune(s[0])) {
			return nil, fmt.Errorf("%q is no way back: %s", s, remedy)
		}
		steps = append(steps, step{s[0], n})
		s = s[1+digits:]
	}
	return steps, nil
}

// resolve finds the commit.
func (o *objects) resolve(name string, steps []step) (*object.Commit, error) {
	h, err := o.named(name)
	if err != nil {
		return nil, err
	}
	c, err := o.commit(h)
	for i := 0; err == nil && i < len(steps); i++ {
		c, err = o.back(c, steps[i])
	}
	return c, err
}

func (o *objects) back(c *object.Commit, s step) (*object.Commit, error) {
	if s.kind == '^' {
		if s.n == 0 {
			return c, nil
		}
		return o.parent(c, s.n)
	}
	var err error
	for range s.n {
		if c, err = o.parent(c, 1); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (o *objects) parent(c *object.Commit, n int) (*object.Commit, error) {
	if n > len(c.ParentHashes) {
		return nil, fmt.Errorf("commit %s has no parent %d", c.Hash, n)
	}
	return o.commit(c.ParentHashes[n-1])
}
