package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

func TestDirectoryIsAFileSystem(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{".git/": "", "cue.mod/module.cue": "m", "a.cue": "a", "b/c d.cue": "c", "empty/": ""})
	tree, err := Directory(dir)
	ok(t, err)
	t.Cleanup(func() { ok(t, tree.Close()) })
	ok(t, fstest.TestFS(tree.FS, "a.cue", "b/c d.cue", "cue.mod/module.cue"))
	if tree.Revision != Files || tree.Author != "" || tree.Subject != "" || !tree.Time.IsZero() {
		t.Errorf("a directory has no commit, but got %+v", tree)
	}
}

func TestDirectoryFindsTheModule(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		dir   string
		want  string // the root, as seen from the top, and the folder in it
	}{
		"the folder itself":    {map[string]string{"cue.mod/module.cue": ""}, ".", ". ."},
		"an ancestor":          {map[string]string{"cue.mod/module.cue": "", "a/b/": ""}, "a/b", ". a/b"},
		"the nearest":          {map[string]string{"cue.mod/module.cue": "", "a/cue.mod/module.cue": "", "a/b/": ""}, "a/b", "a b"},
		"none":                 {map[string]string{"a/b/": ""}, "a/b", "a/b ."},
		"none in a submodule":  {map[string]string{"cue.mod/module.cue": "", "a/.git": "gitdir: x", "a/b/": ""}, "a/b", "a/b ."},
		"at a repository's":    {map[string]string{"a/cue.mod/module.cue": "", "a/.git/": "", "a/b/": ""}, "a/b", "a b"},
		"no module.cue":        {map[string]string{"cue.mod/gen/": "", "a/": ""}, "a", "a ."},
		"a folder module.cue":  {map[string]string{"cue.mod/module.cue/": "", "a/": ""}, "a", "a ."},
		"cue.mod being a file": {map[string]string{"cue.mod": "", "a/": ""}, "a", "a ."},
	} {
		t.Run(name, func(t *testing.T) {
			top := t.TempDir()
			lay(t, top, map[string]string{".git/": ""})
			lay(t, top, c.files)
			lay(t, filepath.Join(top, c.dir), map[string]string{"here.cue": "here"})
			tree, err := Directory(filepath.Join(top, c.dir))
			ok(t, err)
			t.Cleanup(func() { ok(t, tree.Close()) })
			root, err := filepath.Rel(top, tree.Path("."))
			ok(t, err)
			if got := filepath.ToSlash(root) + " " + tree.Dir; got != c.want {
				t.Errorf("root and folder are %s, want %s", got, c.want)
			}
			if data, err := fs.ReadFile(tree.FS, filepath.ToSlash(filepath.Join(tree.Dir, "here.cue"))); string(data) != "here" {
				t.Errorf("read %q, %v", data, err)
			}
		})
	}
}

func TestDirectoryRefuses(t *testing.T) {
	top := t.TempDir()
	lay(t, top, map[string]string{"file": ""})
	_, err := Directory(filepath.Join(top, "gone"))
	says(t, err, "read configuration: there is no folder "+filepath.Join(top, "gone"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is no fs.ErrNotExist", err)
	}
	_, err = Directory(filepath.Join(top, "file"))
	says(t, err, "file is no folder; give the folder that holds")
}

func TestDirectoryKeepsLinksInside(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	lay(t, outside, map[string]string{"secret": "s"})
	lay(t, dir, map[string]string{".git/": "", "data/real.cue": "real"})
	for name, target := range map[string]string{
		"in.cue": "data/real.cue", "folder": "data",
		"out.cue": filepath.Join(outside, "secret"), "up.cue": "../../secret", "loop.cue": "loop.cue",
	} {
		ok(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	tree, err := Directory(dir)
	ok(t, err)
	t.Cleanup(func() { ok(t, tree.Close()) })
	for _, name := range []string{"in.cue", "folder/real.cue"} {
		if data, err := fs.ReadFile(tree.FS, name); string(data) != "real" {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	for _, name := range []string{"out.cue", "up.cue", "loop.cue"} {
		if data, err := fs.ReadFile(tree.FS, name); err == nil {
			t.Errorf("%s: read %q", name, data)
		}
	}
}

func TestDirectoryRefusesUnsafeNames(t *testing.T) {
	for _, name := range []string{"a\\b.cue", "a\x1b[31m.cue", "a\nb.cue", "a\xff.cue"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			continue // a system that cannot have such a file need not refuse it
		}
		lay(t, dir, map[string]string{".git/": ""})
		tree, err := Directory(dir)
		ok(t, err)
		t.Cleanup(func() { ok(t, tree.Close()) })
		if _, err := fs.ReadDir(tree.FS, "."); !errors.Is(err, ErrUnsafeName) {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := tree.FS.Open("."); !errors.Is(err, ErrUnsafeName) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestDirectoryIsGoneAfterClose(t *testing.T) {
	tree, err := Directory(t.TempDir())
	ok(t, err)
	ok(t, tree.Close())
	if _, err := fs.ReadDir(tree.FS, "."); err == nil {
		t.Error("read after Close")
	}
}
