package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
)

// reads checks that dir at rev holds the file f with the text.
func reads(t testing.TB, dir, rev, text string) {
	t.Helper()
	tree, err := Commit(t.Context(), dir, rev)
	ok(t, err)
	if data, err := fs.ReadFile(tree.FS, "f"); string(data) != text {
		t.Errorf("%s at %s: %q, %v", dir, rev, data, err)
	}
}

func TestPackedRepository(t *testing.T) {
	r := newRepository(t)
	one := r.save("master", map[string]string{"f": "one"})
	two := r.save("master", map[string]string{"f": "two"}, one)
	r.set("refs/tags/v1", r.tag("v1", one, plumbing.CommitObject))
	ok(t, r.git.RepackObjects(&git.RepackConfig{}))
	ok(t, r.git.Storer.PackRefs())
	for _, h := range []plumbing.Hash{one, two} {
		if _, err := os.Stat(r.loose(h)); err == nil {
			t.Fatalf("%s is not packed", h)
		}
	}
	for rev, text := range map[string]string{"HEAD": "two", "master~1": "one", "v1": "one", one.String()[:9]: "one"} {
		reads(t, r.dir, rev, text)
	}
}

func (r repository) loose(h plumbing.Hash) string {
	return filepath.Join(r.dir, ".git", "objects", h.String()[:2], h.String()[2:])
}

func TestBareRepository(t *testing.T) {
	outer := newRepository(t)
	outer.save("master", map[string]string{"f": "outer"})
	r := initRepository(t, filepath.Join(outer.dir, "inner.git"), true)
	r.save("master", map[string]string{"f": "inner", "clusters/mft/f": "deep"})
	reads(t, r.dir, "master", "inner")
	// The folder is in no work tree, but it is in the commit.
	reads(t, filepath.Join(r.dir, "clusters", "mft"), "master", "deep")
}

func TestFolderThatIsNotCheckedOut(t *testing.T) {
	r := newRepository(t)
	r.save("other", map[string]string{"clusters/new/f": "new"})
	reads(t, filepath.Join(r.dir, "clusters", "new"), "other", "new")
}

func TestLinkedWorkTree(t *testing.T) {
	r := newRepository(t)
	r.save("master", map[string]string{"f": "main"})
	r.save("feature", map[string]string{"f": "linked"})
	linked, own := t.TempDir(), filepath.Join(r.dir, ".git", "worktrees", "linked")
	lay(t, linked, map[string]string{".git": "gitdir: " + own + "\n"})
	lay(t, own, map[string]string{"HEAD": "ref: refs/heads/feature\n", "commondir": "../..\n"})
	reads(t, linked, "HEAD", "linked")
	reads(t, linked, "master", "main")
	reads(t, r.dir, "HEAD", "main")
}

func TestBorrowedObjects(t *testing.T) {
	lender, r := newRepository(t), newRepository(t)
	h := lender.save("master", map[string]string{"f": "lent"})
	r.set("refs/heads/master", h)
	objects := filepath.Join(".git", "objects")
	lay(t, r.dir, map[string]string{".git/objects/info/alternates": filepath.Join(lender.dir, objects) + "\n"})
	reads(t, r.dir, "master", "lent")
}

func TestShallowRepository(t *testing.T) {
	r := newRepository(t)
	old := r.save("master", map[string]string{"f": "old"})
	r.save("master", map[string]string{"f": "new"}, old)
	ok(t, os.Remove(r.loose(old)))
	reads(t, r.dir, "HEAD", "new")
	_, err := Commit(t.Context(), r.dir, "HEAD~1")
	says(t, err, old.String()+" is not here; a shallow or partial clone lacks some")
}

func TestMissingObjectIsNoMissingFile(t *testing.T) {
	r := newRepository(t)
	r.save("master", map[string]string{"f": "f"})
	ok(t, os.Remove(r.loose(r.blob("f"))))
	tree, err := Commit(t.Context(), r.dir, "master")
	ok(t, err)
	_, err = fs.ReadFile(tree.FS, "f")
	says(t, err, "is not here")
	if errors.Is(err, fs.ErrNotExist) {
		t.Error("a file that could not be read must not look like one that was deleted")
	}
}

func TestDamagedObject(t *testing.T) {
	r := newRepository(t)
	r.save("master", map[string]string{"f": "good"})
	evil, err := os.ReadFile(r.loose(r.blob("evil")))
	ok(t, err)
	good := r.loose(r.blob("good"))
	ok(t, os.Remove(good))
	ok(t, os.WriteFile(good, evil, 0o600))
	tree, err := Commit(t.Context(), r.dir, "master")
	ok(t, err)
	_, err = fs.ReadFile(tree.FS, "f")
	says(t, err, r.blob("good").String(), "the repository is damaged")
}

func TestNewRepositoryHasNoCommit(t *testing.T) {
	r := newRepository(t)
	_, err := Commit(t.Context(), r.dir, "HEAD")
	says(t, err, "it stands for master, which has no commit")
}

func TestBrokenRepository(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{".git/": ""})
	_, err := Commit(t.Context(), dir, "HEAD")
	says(t, err, "open Git repository "+dir)
}
