package source

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// common is the folder that has the branches, also where a linked work tree has a folder of its own.
func (o *objects) common() (string, error) {
	own := o.storage.Filesystem().Root()
	told, err := os.ReadFile(filepath.Join(own, "commondir"))
	if errors.Is(err, fs.ErrNotExist) {
		return own, nil
	}
	if err != nil {
		return "", err
	}
	common := strings.TrimSpace(string(told))
	if !filepath.IsAbs(common) {
		common = filepath.Join(own, common)
	}
	return common, nil
}

// checkFree refuses a branch that a work tree has checked out, where files would seem to be changed, and one
// that another's name leaves no room for.
func (o *objects) checkFree(common, branch string) error {
	linked, err := filepath.Glob(filepath.Join(common, "worktrees", "*", "HEAD"))
	if err != nil {
		return err
	}
	for _, name := range append(linked, filepath.Join(common, "HEAD")) {
		head, err := os.ReadFile(name)
		if err == nil && string(bytes.TrimSpace(head)) == "ref: refs/heads/"+branch {
			return fmt.Errorf("the branch is checked out (%s says so); export to one of its own, as reconciler/active", name)
		}
	}
	for above := path.Dir(branch); above != "."; above = path.Dir(above) {
		if _, err := o.storage.Reference(plumbing.NewBranchReferenceName(above)); err == nil {
			return fmt.Errorf("there is a branch %s, and Git keeps none below another; give another name", above)
		}
	}
	return nil
}
