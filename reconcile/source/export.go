package source

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Export is what a branch of its own shall hold: a record that others read, and that is never read back.
type Export struct {
	// Branch is its name, as in reconciler/active. It is not the branch that is read, nor one that is
	// checked out.
	Branch string
	// Files are all that the branch holds, by slash-separated path. There is at least one.
	Files map[string][]byte
	// Message says why; Author and Address (an e-mail address) who, and When in which second.
	Message, Author, Address string
	When                     time.Time
}

// check refuses what Git would not keep as it is, and what Files could not be.
func (e Export) check() error {
	if err := checkBranch(e.Branch); err != nil {
		return err
	}
	switch {
	case len(e.Files) == 0:
		return errors.New("an export without files would empty the branch; give at least one")
	case strings.TrimSpace(e.Message) == "" || e.When.IsZero():
		return errors.New("an export needs a message and a time")
	case !isPerson(e.Author) || !isPerson(e.Address):
		return errors.New("an export needs an author and an address, each in one line without < and >")
	}
	for name := range e.Files {
		if err := checkExported(name); err != nil {
			return err
		}
	}
	return nil
}

func isPerson(s string) bool {
	return strings.TrimSpace(s) != "" && !strings.ContainsAny(s, "<>") && printable(s) == s
}

// checkExported refuses paths that a checkout of the branch would refuse, or follow.
func checkExported(name string) error {
	if !validPath(name) || name == "." {
		return fmt.Errorf("%w %q", ErrUnsafeName, name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if err := checkName(part); err != nil {
			return err
		}
		if strings.EqualFold(part, ".git") {
			return fmt.Errorf("%w %q", ErrUnsafeName, name)
		}
	}
	return nil
}

// checkOwn refuses the branch that is read, "" being the one that HEAD stands for. A server that does not tell
// which that is tells its commit.
func (e Export) checkOwn(reads string, all heads) error {
	isHead := e.Branch == all.target || all.target == "" && !all.head.IsZero() && all.branches[e.Branch] == all.head
	if e.Branch == reads || reads == "" && isHead {
		return fmt.Errorf("branch %s is the one that is read; export to one of its own, as reconciler/active", e.Branch)
	}
	return nil
}

// Export makes e.Files the content of e.Branch: a commit after the one that the branch ends at, or the
// branch's first. It pushes nothing if the branch holds just that already, and it never forces: where somebody
// else is faster, it starts again from what is there then, five times at most. It is an error if the
// repository cannot be reached, refuses us or the push, if the branch is the one that this Remote reads, or if
// e could not be a commit.
func (r *Remote) Export(ctx context.Context, e Export) error {
	err := e.check()
	if err == nil {
		err = r.origin.export(ctx, e, r.branch)
	}
	if err != nil {
		return r.failed.of(ctx, fmt.Sprintf("export to branch %.*q", maxRevision, e.Branch), err)
	}
	return nil
}
