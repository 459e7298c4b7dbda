package source

import (
	"errors"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"pgregory.net/rapid"
)

func TestCommitIsAFileSystem(t *testing.T) {
	r := newRepository(t)
	// Git's order of a, a-b, a.cue and the folder a differs from that of their names.
	files := map[string]string{"a/x.cue": "x", "a-b": "1", "a.cue": "2", "a0/b/c/d.cue": "deep", "é f": "", "A.cue": "3"}
	h := r.save("master", files)
	tree, err := Commit(t.Context(), r.dir, "master")
	ok(t, err)
	ok(t, fstest.TestFS(tree.FS, "a/x.cue", "a-b", "a.cue", "a0/b/c/d.cue", "é f", "A.cue"))
	want := Tree{Dir: ".", Revision: h.String(), Author: "Ada <ada@example.org>", Subject: "change master"}
	if tree.Dir != want.Dir || tree.Revision != want.Revision || tree.Author != want.Author || tree.Subject != want.Subject {
		t.Errorf("got %+v, want %+v", tree, want)
	}
	if !tree.Time.Equal(time.Unix(when, 0)) || tree.Time.Location() != time.UTC {
		t.Errorf("time is %v", tree.Time)
	}
	ok(t, tree.Close())
}

func TestCommitHoldsWhatWasCommitted(t *testing.T) {
	r := newRepository(t)
	part := rapid.SampledFrom([]string{"a", "b", "a.cue", "a-b", "a b", "a0", "é", ".hidden", "cue.mod", "module.cue"})
	text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	rapid.Check(t, func(rt *rapid.T) {
		files := map[string]string{}
		for range rapid.IntRange(0, 6).Draw(rt, "files") {
			name := strings.Join(rapid.SliceOfN(part, 1, 3).Draw(rt, "path"), "/")
			if fits(files, name) {
				files[name] = text.Draw(rt, "text")
			}
		}
		// A module would move the root; what is read is checked from the top.
		files["cue.mod/module.cue"] = "module"
		if !fits(files, "cue.mod/module.cue") {
			rt.Skip("cue.mod is a file")
		}
		h := r.commit(r.files(files), rapid.String().Draw(rt, "message"))
		tree, err := Commit(t.Context(), r.dir, h.String())
		ok(t, err)
		if got := read(t, tree.FS); !maps.Equal(got, files) {
			rt.Fatalf("read %q, want %q", got, files)
		}
		if strings.ContainsFunc(tree.Subject, func(r rune) bool { return r < ' ' }) {
			rt.Fatalf("subject %q", tree.Subject)
		}
	})
}

// fits says that name is no folder of another file and has no file for a folder.
func fits(files map[string]string, name string) bool {
	for other := range files {
		if strings.HasPrefix(other, name+"/") || strings.HasPrefix(name, other+"/") {
			return false
		}
	}
	return true
}

func read(t testing.TB, tree fs.FS) map[string]string {
	t.Helper()
	files := map[string]string{}
	ok(t, fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		files[name] = string(data)
		return err
	}))
	return files
}

func TestCommitListsButDoesNotFollow(t *testing.T) {
	r := newRepository(t)
	folder := r.files(map[string]string{"f": "f"})
	top := r.tree(entries{
		{Name: "link", Mode: filemode.Symlink, Hash: r.blob("real")},
		{Name: "out", Mode: filemode.Symlink, Hash: r.blob("../../etc/passwd")},
		{Name: "real", Mode: filemode.Dir, Hash: folder},
		{Name: "run", Mode: filemode.Executable, Hash: r.blob("#!")},
		{Name: "sub", Mode: filemode.Submodule, Hash: plumbing.NewHash("1234")},
	})
	tree, err := Commit(t.Context(), r.dir, r.commit(top, "x").String())
	ok(t, err)
	list, err := fs.ReadDir(tree.FS, ".")
	ok(t, err)
	var got []string
	for _, e := range list {
		got = append(got, e.Name()+" "+e.Type().String())
		info, err := fs.Stat(tree.FS, e.Name())
		ok(t, err)
		if info.Mode().Type() != e.Type() {
			t.Errorf("%s: Stat says %s", e.Name(), info.Mode())
		}
	}
	want := "link L---------, out L---------, real d---------, run ----------, sub ?---------"
	if strings.Join(got, ", ") != want {
		t.Errorf("listed %s, want %s", strings.Join(got, ", "), want)
	}
	for _, name := range []string{"link", "out", "sub", "link/f", "sub/f"} {
		if _, err := tree.FS.Open(name); !errors.Is(err, ErrNotRegular) {
			t.Errorf("open %s: %v", name, err)
		}
	}
	_, err = fs.ReadFile(tree.FS, "link")
	says(t, err, "read link: not a regular file but a symbolic link")
	for _, name := range []string{"run/f", "none", "real/none"} {
		if _, err := tree.FS.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("open %s: %v", name, err)
		}
	}
}

func TestCommitRefusesForgedFolders(t *testing.T) {
	r := newRepository(t)
	blob := r.blob("evil")
	for _, names := range [][]string{
		{".."}, {"."}, {"/etc"}, {"a/b"}, {`a\b`}, {`..\b`}, {"a\x1b[2J"}, {"a\nb"}, {"a\xff"}, {"a", "a"},
	} {
		var bad entries
		for _, n := range names {
			bad = append(bad, entries{{Name: n, Mode: filemode.Regular, Hash: blob}}...)
		}
		top := r.tree(entries{{Name: "good", Mode: filemode.Regular, Hash: blob}, {Name: "in", Mode: filemode.Dir, Hash: r.tree(bad)}})
		tree, err := Commit(t.Context(), r.dir, r.commit(top, "x").String())
		ok(t, err)
		for _, err := range []error{
			second(fs.ReadDir(tree.FS, "in")), second(tree.FS.Open("in")), second(fs.ReadFile(tree.FS, "in/a")),
		} {
			if !errors.Is(err, ErrUnsafeName) {
				t.Errorf("%q: %v", names, err)
			}
		}
		// What does not touch the folder is not disturbed by it.
		ok(t, second(fs.ReadFile(tree.FS, "good")))
	}
}

func TestCommitKeepsNamesThatDifferInCaseApart(t *testing.T) {
	r := newRepository(t)
	r.save("master", map[string]string{"users.cue": "small", "Users.cue": "large"})
	tree, err := Commit(t.Context(), r.dir, "master")
	ok(t, err)
	if got := read(t, tree.FS); got["users.cue"] != "small" || got["Users.cue"] != "large" {
		t.Errorf("read %q", got)
	}
}
