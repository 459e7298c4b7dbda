package source

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPathIsWhatTheUserWouldType(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	ok(t, err)
	r := initRepository(t, top, false)
	files := map[string]string{"cue.mod/module.cue": "", "shared.cue": "", "clusters/mft/users.cue": ""}
	lay(t, top, files)
	r.save("master", files)
	ok(t, os.Symlink(filepath.Join("clusters", "mft"), filepath.Join(top, "short")))
	mft := filepath.Join(top, "clusters", "mft")

	for _, c := range []struct{ from, dir, users, shared string }{
		{top, "clusters/mft", "clusters/mft/users.cue", "shared.cue"},
		{mft, ".", "users.cue", "../../shared.cue"},
		{mft, "", "users.cue", "../../shared.cue"},
		{filepath.Dir(mft), "./mft/", "mft/users.cue", "../shared.cue"},
		{filepath.Join(top, "cue.mod"), "../clusters/mft", "../clusters/mft/users.cue", "../shared.cue"},
		{filepath.Dir(top), mft, filepath.Join(mft, "users.cue"), filepath.Join(top, "shared.cue")},
		// "short/../../shared.cue" is shared.cue to the system, but to every tool that tidies paths it is not.
		{top, "short", filepath.Join(mft, "users.cue"), filepath.Join(top, "shared.cue")},
	} {
		t.Chdir(c.from)
		disk, err := Directory(c.dir)
		ok(t, err)
		commit, err := Commit(t.Context(), c.dir, "HEAD")
		ok(t, err)
		for _, tree := range []Tree{disk, commit} {
			users, shared := tree.Path("clusters/mft/users.cue"), tree.Path("shared.cue")
			if users != filepath.FromSlash(c.users) || shared != filepath.FromSlash(c.shared) {
				t.Errorf("-C %s: %s and %s, want %s and %s", c.dir, users, shared, c.users, c.shared)
			}
			if _, err := os.Stat(shared); err != nil {
				t.Errorf("-C %s: %s", c.dir, err)
			}
			ok(t, tree.Close())
		}
	}
}

func TestPathOfATreeMadeByHand(t *testing.T) {
	for name, tree := range map[string]Tree{"b/f.cue": {Dir: "a"}, "f.cue": {Dir: "."}} {
		want := map[string]string{"b/f.cue": "../b/f.cue", "f.cue": "f.cue"}[name]
		if got := tree.Path(name); filepath.ToSlash(got) != want {
			t.Errorf("Path(%s) = %s, want %s", name, got, want)
		}
	}
}
