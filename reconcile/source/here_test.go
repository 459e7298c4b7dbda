package source

import (
	"path/filepath"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

func TestHeadIsTheCommit(t *testing.T) {
	r := newRepository(t)
	_, err := Head(t.Context(), r.dir, "HEAD")
	says(t, err, `find the commit of "HEAD": `, "which has no commit")
	one := r.save("master", map[string]string{"f": "1"})
	two := r.save("master", map[string]string{"f": "2"}, one)
	lay(t, r.dir, map[string]string{"clusters/mft/": ""})
	for rev, want := range map[string]plumbing.Hash{"HEAD": two, "master": two, "HEAD~1": one, one.String()[:7]: one} {
		h, err := Head(t.Context(), filepath.Join(r.dir, "clusters", "mft"), rev)
		if err != nil || h != want.String() {
			t.Errorf("%s is %s, want %s (%v)", rev, h, want, err)
		}
	}
	for rev, say := range map[string]string{"none": "nothing of that name", "a..b": "nothing that can be named"} {
		_, err := Head(t.Context(), r.dir, rev)
		says(t, err, say)
	}
	_, err = Head(t.Context(), t.TempDir(), "HEAD")
	says(t, err, "is in no Git repository")
}
