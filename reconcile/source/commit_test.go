package source

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestCommitFindsTheModule(t *testing.T) {
	r := newRepository(t)
	r.save("one", map[string]string{"cue.mod/module.cue": "", "a/b/f": "", "a/s": ""})
	r.save("two", map[string]string{"cue.mod/module.cue": "", "a/cue.mod/module.cue": "", "a/b/f": "", "a/s": ""})
	r.save("none", map[string]string{"cue.mod/gen/x": "", "a/b/f": ""})
	r.save("file", map[string]string{"cue.mod": "", "a/b/f": ""})
	r.save("folder", map[string]string{"cue.mod/module.cue/x": "", "a/b/f": ""})
	for rev, want := range map[string]string{"one": "a/b", "two": "b", "none": ".", "file": ".", "folder": "."} {
		tree, err := Commit(t.Context(), filepath.Join(r.dir, "a", "b"), rev)
		ok(t, err)
		if tree.Dir != want {
			t.Errorf("%s: folder is %s, want %s", rev, tree.Dir, want)
		}
		_, err = fs.Stat(tree.FS, tree.Dir+"/f")
		if want == "." {
			_, err = fs.Stat(tree.FS, "f")
		}
		ok(t, err)
		if path := filepath.Join(r.dir, "a", "s"); want == "b" && tree.Path("s") != path {
			t.Errorf("%s: a file above is called %s, want %s", rev, tree.Path("s"), path)
		}
	}
}

func TestCommitRefuses(t *testing.T) {
	r := newRepository(t)
	lay(t, r.dir, map[string]string{"onlyhere/x": ""})
	blob := r.blob("text")
	r.set("refs/tags/blob", blob)
	h := r.save("master", map[string]string{"a/f": "f"})
	r.set("refs/heads/tree", r.files(map[string]string{"x": ""}))
	for _, c := range []struct {
		dir, rev string
		says     []string
	}{
		{".", "nothing", []string{`at "nothing"`, "nothing of that name", "give a branch, a tag"}},
		{".", strings.Repeat("0", 39) + "1", []string{"is not here", "shallow"}},
		{".", "ffff", []string{"nothing of that name"}},
		{".", "blob", []string{"names a blob"}},
		{".", blob.String(), []string{"names a blob"}},
		{".", blob.String()[:8], []string{"names a blob"}},
		{".", "tree", []string{"names a tree"}},
		{".", "HEAD~1", []string{h.String() + " has no parent 1"}},
		{"onlyhere", "master", []string{"there is no folder onlyhere", h.String()}},
		{"nowhere/at/all", "master", []string{"there is no folder nowhere/at/all"}},
		{"a/f", "master", []string{"a/f is no folder"}},
	} {
		_, err := Commit(t.Context(), filepath.Join(r.dir, c.dir), c.rev)
		says(t, err, append(c.says, "read configuration at ")...)
	}
	_, err := Commit(t.Context(), filepath.VolumeName(r.dir)+string(filepath.Separator), "HEAD")
	says(t, err, "is in no Git repository")
}

func TestCommitStopsWithItsContext(t *testing.T) {
	r := newRepository(t)
	r.save("master", map[string]string{"f": "f"})
	ctx, cancel := context.WithCancel(t.Context())
	tree, err := Commit(ctx, r.dir, "master")
	ok(t, err)
	cancel()
	if _, err := fs.ReadFile(tree.FS, "f"); !errors.Is(err, context.Canceled) {
		t.Errorf("read after the end: %v", err)
	}
	if _, err := Commit(ctx, r.dir, "master"); !errors.Is(err, context.Canceled) {
		t.Errorf("opened after the end: %v", err)
	}
}

func TestCommitIsReadByMany(t *testing.T) {
	r := newRepository(t)
	files := map[string]string{"a/b/c": "1", "a/d": "2", "e/f": "3"}
	r.save("master", files)
	tree, err := Commit(t.Context(), r.dir, "master")
	ok(t, err)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for name, text := range files {
				if data, err := fs.ReadFile(tree.FS, name); string(data) != text {
					t.Errorf("%s: %q, %v", name, data, err)
				}
			}
		})
	}
	all.Wait()
}
