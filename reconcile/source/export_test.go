package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-git/go-billy/v5/memfs"
	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/memory"
	"pgregory.net/rapid"
)

const active = "reconciler/active"

func export(files map[string]string) Export {
	all := map[string][]byte{}
	for name, text := range files {
		all[name] = []byte(text)
	}
	return Export{
		Branch: active, Files: all, Message: "scheduler: 1001, was 1002", Author: "reconciler",
		Address: "reconciler@example.org", When: time.Unix(when, 0),
	}
}

func (r repository) at(branch string) plumbing.Hash {
	r.t.Helper()
	ref, err := r.git.Reference(plumbing.NewBranchReferenceName(branch), true)
	ok(r.t, err)
	return ref.Hash()
}

func (r repository) log(branch string) []*object.Commit {
	r.t.Helper()
	var all []*object.Commit
	log, err := r.git.Log(&git.LogOptions{From: r.at(branch)})
	ok(r.t, err)
	ok(r.t, log.ForEach(func(c *object.Commit) error { all = append(all, c); return nil }))
	return all
}

// TestExport has a branch begin, stay, grow and go back, wherever it is.
func TestExport(t *testing.T) {
	for name, start := range map[string]func(*testing.T) (repository, func(Export) error){
		"https": func(t *testing.T) (repository, func(Export) error) {
			s := newSite(t)
			r := remote(t, s.options())
			return s.repository, func(e Export) error { return r.Export(t.Context(), e) }
		},
		"ssh": func(t *testing.T) (repository, func(Export) error) {
			h := newHost(t)
			r := remote(t, h.options())
			return h.repository, func(e Export) error { return r.Export(t.Context(), e) }
		},
		"path": func(t *testing.T) (repository, func(Export) error) {
			bare := initRepository(t, t.TempDir(), true)
			r := remote(t, RemoteOptions{URL: bare.dir})
			return bare, func(e Export) error { return r.Export(t.Context(), e) }
		},
		"folder": func(t *testing.T) (repository, func(Export) error) {
			r := newRepository(t)
			lay(t, r.dir, map[string]string{"clusters/mft/": ""})
			return r, func(e Export) error { return ExportLocal(t.Context(), filepath.Join(r.dir, "clusters", "mft"), e) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, do := start(t)
			r.save("master", map[string]string{"cluster.cue": ""})
			record(t, r, do)
		})
	}
}

func record(t *testing.T, r repository, do func(Export) error) {
	t.Helper()
	one := map[string]string{"active.cue": "one", "a/b/c": "deep", "a.cue": "", "a-b": "x"}
	two := map[string]string{"active.cue": "two"}
	for i, files := range []map[string]string{one, one, two, two, one} {
		ok(t, do(export(files)))
		tree, err := Commit(t.Context(), r.dir, active)
		ok(t, err)
		holds(t, tree, files)
		if want := []int{1, 1, 2, 2, 3}[i]; len(r.log(active)) != want {
			t.Errorf("%d commits, want %d", len(r.log(active)), want)
		}
		if tree.Author != "reconciler <reconciler@example.org>" || tree.Subject != "scheduler: 1001, was 1002" || !tree.Time.Equal(time.Unix(when, 0)) {
			t.Errorf("it says %+v", tree)
		}
	}
	// Somebody else's commit stays in the history.
	theirs := r.save(active, map[string]string{"theirs": ""}, r.at(active))
	ok(t, do(export(one)))
	if got := r.log(active)[1].Hash; got != theirs {
		t.Errorf("it is after %s, want %s", got, theirs)
	}
	r.gitSays("fsck", "--strict", "--no-dangling")
}

func TestExportPushesOnlyWhatIsNew(t *testing.T) {
	s := newSite(t)
	s.save("master", map[string]string{"f": "f"})
	r := remote(t, s.options())
	for range 3 {
		ok(t, r.Export(t.Context(), export(map[string]string{"f": "1"})))
	}
	if s.pushed.Load() != 1 || s.fetched.Load() != 0 {
		t.Errorf("pushed %d times, fetched %d times", s.pushed.Load(), s.fetched.Load())
	}
	// One that starts anew does not know what is there, and fetches it once.
	r = remote(t, s.options())
	for range 3 {
		ok(t, r.Export(t.Context(), export(map[string]string{"f": "1"})))
	}
	if s.pushed.Load() != 1 || s.fetched.Load() != 1 {
		t.Errorf("pushed %d times, fetched %d times", s.pushed.Load(), s.fetched.Load())
	}
	// And it says what it holds after it has been taken away.
	ok(t, s.git.Storer.RemoveReference(plumbing.NewBranchReferenceName(active)))
	ok(t, r.Export(t.Context(), export(map[string]string{"f": "1"})))
	if len(s.log(active)) != 1 {
		t.Error("it is not a first commit")
	}
}

// TestExportIsOvertaken has somebody else push just before we do.
func TestExportIsOvertaken(t *testing.T) {
	for _, times := range []int{1, exportAttempts - 1, exportAttempts} {
		s := newSite(t)
		s.save("master", map[string]string{"f": "f"})
		var theirs []plumbing.Hash
		s.before = func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/"+receivePack) && len(theirs) < times {
				theirs = append(theirs, s.save(active, map[string]string{"theirs": fmt.Sprint(len(theirs))}, theirs[max(0, len(theirs)-1):]...))
			}
			return true
		}
		r := remote(t, s.options())
		r.origin.(*elsewhere).wire = &deaf{wire: r.origin.(*elsewhere).wire} // which is no reason to try once more
		err := r.Export(t.Context(), export(map[string]string{"f": "ours"}))
		last := theirs[len(theirs)-1]
		if times == exportAttempts {
			says(t, err, "export to branch \"reconciler/active\": somebody else pushed to it 5 times in a row; see who")
			if s.at(active) != last {
				t.Error("their commit is gone")
			}
			continue
		}
		ok(t, err)
		if log := s.log(active); len(log) != times+1 || log[1].Hash != last {
			t.Errorf("%d commits, ours after %s, want %s", len(log), log[0].ParentHashes, last)
		}
	}
}

// TestExportLosesTheAnswer has the push arrive, and the word of it get lost.
func TestExportLosesTheAnswer(t *testing.T) {
	s := newSite(t)
	s.save("master", map[string]string{"f": "f"})
	r := remote(t, s.options())
	lossy := &deaf{wire: r.origin.(*elsewhere).wire}
	r.origin.(*elsewhere).wire = lossy
	ok(t, r.Export(t.Context(), export(map[string]string{"f": "ours"})))
	if n := len(s.log(active)); n != 1 || lossy.lost != 1 {
		t.Errorf("%d commits, %d answers lost", n, lossy.lost)
	}
}

// deaf hears no answer to a push.
type deaf struct {
	wire
	lost int
}

func (d *deaf) talk(ctx context.Context, program string) (conversation, error) {
	c, err := d.wire.talk(ctx, program)
	if err == nil && program == receivePack {
		d.lost++
		c = deafConversation{c}
	}
	return c, err
}

type deafConversation struct{ conversation }

func (c deafConversation) ask(request []byte) (io.Reader, error) {
	_, err := c.conversation.ask(request)
	return strings.NewReader(""), err
}

func TestExportIsRefused(t *testing.T) {
	s := newSite(t)
	s.save("master", map[string]string{"f": "f"})
	hook := filepath.Join(s.dir, "hooks", "update")
	lay(t, s.dir, map[string]string{"hooks/update": "#!/bin/sh\nexit 1\n"})
	ok(t, os.Chmod(hook, 0o700)) //nolint:gosec // a hook is run
	err := remote(t, s.options()).Export(t.Context(), export(map[string]string{"f": "ours"}))
	says(t, err, "Git repository https://", "export to branch \"reconciler/active\": the server takes no commit there: ",
		"hook declined", "see that the branch may be pushed to")
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.RawQuery, receivePack) {
			w.WriteHeader(http.StatusForbidden)
			return false
		}
		return true
	}
	err = remote(t, s.options()).Export(t.Context(), export(map[string]string{"f": "ours"}))
	says(t, err, "these credentials may not do that (403)")
	if _, err := s.git.Reference(plumbing.NewBranchReferenceName(active), true); err == nil {
		t.Error("the branch is there")
	}
}

func TestExportsThatCannotBe(t *testing.T) {
	r := newRepository(t)
	s := newSite(t)
	both := func(name string) map[string][]byte { return map[string][]byte{name: nil, name + "/x": nil} }
	for say, change := range map[string]func(*Export){
		`".." is no name of a branch`:                    func(e *Export) { e.Branch = ".." },
		`"" is no name of a branch`:                      func(e *Export) { e.Branch = "" },
		`"HEAD^" is no name of a branch`:                 func(e *Export) { e.Branch = "HEAD^" },
		"without files would empty the branch":           func(e *Export) { e.Files = nil },
		"needs a message and a time":                     func(e *Export) { e.Message = " \n" },
		"export needs a message and a time":              func(e *Export) { e.When = time.Time{} },
		"needs an author and an address":                 func(e *Export) { e.Author = "a <b>" },
		"needs an author and an address, each":           func(e *Export) { e.Address = "a\nb" },
		`unsafe file name "../x"`:                        func(e *Export) { e.Files["../x"] = nil },
		`unsafe file name "/x"`:                          func(e *Export) { e.Files["/x"] = nil },
		`unsafe file name "."`:                           func(e *Export) { e.Files["."] = nil },
		`unsafe file name "a/.GIT/hooks/x"`:              func(e *Export) { e.Files["a/.GIT/hooks/x"] = nil },
		`unsafe file name "a\x1b"`:                       func(e *Export) { e.Files["a\x1b"] = nil },
		`unsafe file name "both": it is a file and a fo`: func(e *Export) { e.Files = both("both") },
	} {
		e := export(map[string]string{"f": ""})
		change(&e)
		says(t, ExportLocal(t.Context(), r.dir, e), "export to branch ", "of the repository that "+r.dir+" is in: ", say)
		says(t, remote(t, s.options()).Export(t.Context(), e), "Git repository ", say)
	}
	says(t, ExportLocal(t.Context(), t.TempDir(), export(map[string]string{"f": ""})), "is in no Git repository")
}

func TestExportTouchesNoBranchThatIsRead(t *testing.T) {
	s, r := newSite(t), newRepository(t)
	for _, repo := range []repository{s.repository, r} {
		repo.save("master", map[string]string{"f": "f"})
		repo.save("release", map[string]string{"f": "f"})
		for branch, reads := range map[string]string{"master": "", "release": "release"} {
			o := RemoteOptions{URL: repo.dir, Branch: reads}
			if repo.dir == s.dir {
				o = s.options()
				o.Branch = reads
			}
			e := export(map[string]string{"x": ""})
			e.Branch = branch
			says(t, remote(t, o).Export(t.Context(), e), "is the one that is read; export to one of its own")
			log := repo.log(branch)
			if len(log) != 1 || log[0].Message != "change "+branch+"\n" {
				t.Error("it was written to")
			}
		}
	}
}

func TestExportToAServerThatDoesNotTellItsHead(t *testing.T) {
	h := plumbing.NewHash(strings.Repeat("1", 40))
	all := heads{head: h, branches: map[string]plumbing.Hash{active: h}}
	says(t, export(nil).checkOwn("", all), "is the one that is read")
	ok(t, export(nil).checkOwn("main", all))
	ok(t, export(nil).checkOwn("", heads{branches: map[string]plumbing.Hash{}}))
}

func TestExportLocalTouchesNeitherIndexNorWorkTree(t *testing.T) {
	r := newRepository(t)
	r.save("master", map[string]string{"f": "f"})
	lay(t, r.dir, map[string]string{"f": "changed", "untracked": "u"})
	r.gitSays("reset", "--mixed")
	r.gitSays("add", "untracked")
	before := snapshot(t, r.dir)
	ok(t, ExportLocal(t.Context(), r.dir, export(map[string]string{"f": "ours"})))
	if after := snapshot(t, r.dir); !maps.Equal(before, after) {
		t.Errorf("before %q, after %q", before, after)
	}
}

// snapshot is all that is in a folder but objects and branches.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := read(t, os.DirFS(dir))
	maps.DeleteFunc(all, func(name, _ string) bool {
		return strings.HasPrefix(name, ".git/objects/") || name == ".git/refs/heads/"+active
	})
	return all
}

func TestExportLocalLeavesWorkTreesAlone(t *testing.T) {
	r := newRepository(t)
	r.save("master", map[string]string{"f": "f"})
	r.save(active, map[string]string{"f": "f"})
	linked := filepath.Join(t.TempDir(), "linked")
	r.gitSays("worktree", "add", linked, active)
	for _, dir := range []string{r.dir, linked} {
		for _, branch := range []string{"master", active} {
			e := export(map[string]string{"x": ""})
			e.Branch = branch
			says(t, ExportLocal(t.Context(), dir, e), "the branch is checked out (")
		}
		e := export(map[string]string{"from": filepath.Base(dir)})
		e.Branch = "reconciler/other"
		ok(t, ExportLocal(t.Context(), dir, e))
	}
	if n := len(r.log("reconciler/other")); n != 2 {
		t.Errorf("%d commits", n)
	}
}

func TestExportLocalToPackedBranches(t *testing.T) {
	r := newRepository(t)
	ok(t, ExportLocal(t.Context(), r.dir, export(map[string]string{"f": "1"})))
	r.gitSays("gc")
	ok(t, ExportLocal(t.Context(), r.dir, export(map[string]string{"f": "1"})))
	if n := len(r.log(active)); n != 1 {
		t.Errorf("%d commits", n)
	}
	ok(t, ExportLocal(t.Context(), r.dir, export(map[string]string{"f": "2"})))
	if n := len(r.log(active)); n != 2 {
		t.Errorf("%d commits", n)
	}
	r.gitSays("branch", "reconciler2", active)
	r.gitSays("pack-refs", "--all")
	e := export(map[string]string{"f": ""})
	e.Branch = "reconciler2/active"
	says(t, ExportLocal(t.Context(), r.dir, e), "there is a branch reconciler2, and Git keeps none below another")
}

func TestExportLocalWaitsForTheLock(t *testing.T) {
	r := newRepository(t)
	one := export(map[string]string{"f": "1"})
	ok(t, ExportLocal(t.Context(), r.dir, one))
	lay(t, r.dir, map[string]string{".git/refs/heads/" + active + ".lock": ""})
	two := export(map[string]string{"f": "2"})
	err := ExportLocal(t.Context(), r.dir, two)
	says(t, err, "somebody else writes to it; if no git is running, remove ", "active.lock")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	says(t, ExportLocal(ctx, r.dir, two), "context canceled")
	ok(t, ExportLocal(t.Context(), r.dir, one)) // for which there is nothing to do
	if n := len(r.log(active)); n != 1 {
		t.Errorf("%d commits", n)
	}
}

// TestExportLocalLeavesTheBranchIfItComesToNothing has an equal export arrive while the lock was waited for, and
// an error after it was had.
func TestExportLocalLeavesTheBranchIfItComesToNothing(t *testing.T) {
	r := newRepository(t)
	e := export(map[string]string{"f": "1"})
	ok(t, ExportLocal(t.Context(), r.dir, e))
	before := r.at(active)
	store, err := openObjects(t.Context(), r.dir)
	ok(t, err)
	w := writing{objects: store, export: e, made: memory.NewStorage()}
	w.tree, err = e.save(w.made)
	ok(t, err)
	broken := errors.New("disk full")
	for _, come := range []func(*refLock) error{w.fill, func(*refLock) error { return broken }} {
		lock, err := lockRef(t.Context(), filepath.Join(r.dir, ".git", "refs", "heads", filepath.FromSlash(active)))
		ok(t, err)
		if err := lock.finish(come(lock)); err != nil && !errors.Is(err, broken) {
			t.Error(err)
		}
		if r.at(active) != before {
			t.Error("the branch has changed")
		}
	}
}

func TestExportsAtTheSameTimeAllArrive(t *testing.T) {
	r := newRepository(t)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			if err := ExportLocal(t.Context(), r.dir, export(map[string]string{"f": fmt.Sprint(i)})); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(r.log(active)); n != 4 {
		t.Errorf("%d commits in a row", n)
	}
	if left, err := filepath.Glob(filepath.Join(r.dir, ".git", "refs", "heads", "*", "*.lock")); err != nil || len(left) > 0 {
		t.Errorf("%q is left (%v)", left, err)
	}
}

func TestExportHoldsWhatItWasGiven(t *testing.T) {
	part := rapid.SampledFrom([]string{"a", "b", "a.cue", "a-b", "a b", "a0", "é", ".hidden", "A"})
	rapid.Check(t, func(rt *rapid.T) {
		files := map[string]string{}
		for range rapid.IntRange(1, 6).Draw(rt, "files") {
			name := strings.Join(rapid.SliceOfN(part, 1, 3).Draw(rt, "path"), "/")
			if fits(files, name) {
				files[name] = rapid.String().Draw(rt, "text")
			}
		}
		store := &objects{t.Context(), &stored{storage: filesystem.NewStorage(memfs.New(), cache.NewObjectLRUDefault())}}
		tree, err := export(files).save(store.storage)
		ok(t, err)
		h, err := export(files).commit(store.storage, tree, plumbing.ZeroHash)
		ok(t, err)
		c, err := store.commit(h)
		ok(t, err)
		got, err := store.folderOf(c, ".", ".")
		ok(t, err)
		if got := read(t, got.FS); !maps.Equal(got, files) {
			rt.Fatalf("read %q, want %q", got, files)
		}
	})
}
