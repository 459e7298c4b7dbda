package load

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func files(contents map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range contents {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestRead(t *testing.T) {
	fsys := files(map[string]string{
		"cluster.cue": "a", "README.md": "b", "cue": "c", "east/peers.cue": "d", "x.cue/y.cue": "e",
		"cue.mod/module.cue": "f", "cue.mod/vendor/example.com/m/.x/x.cue": "g", "cue.mod/vendor/example.com/m/m.cue": "h",
		".git/x.cue": "i", "_old/x.cue": "j", "east/.x/y/z.cue": "k", ".hidden.cue": "l", "..cue": "m",
	})
	in, err := Read(fsys, "east")
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(in.Files))
	want := []string{
		"..cue", ".hidden.cue", "cluster.cue", "cue.mod/module.cue",
		"cue.mod/vendor/example.com/m/m.cue", "east/peers.cue", "x.cue/y.cue",
	}
	if !slices.Equal(got, want) || string(in.Files["cluster.cue"]) != "a" || in.Dir != "east" {
		t.Errorf("got %q in %s, want %q", got, in.Dir, want)
	}
}

func TestReadAnOddFolder(t *testing.T) {
	fsys := files(map[string]string{".config/_east/a.cue": "a", ".config/b.cue": "b", ".config/.x/c.cue": "c", "_east/d.cue": "d", "_e/e.cue": "e"})
	for dir, want := range map[string]string{".config/_east": "[.config/_east/a.cue .config/b.cue]", "_east/.": "[_east/d.cue]", ".": "[]"} {
		in, err := Read(fsys, dir)
		if got := fmt.Sprint(slices.Sorted(maps.Keys(in.Files))); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", dir, got, err, want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for want, fsys := range map[string]fs.FS{
		"a.cue: not a regular file":                 fstest.MapFS{"a.cue": {Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink}},
		"b/a.cue: not a regular file":               fstest.MapFS{"b/a.cue": {Mode: fs.ModeIrregular}},
		`"a\xff.cue": a name that is not UTF-8`:     files(map[string]string{"a\xff.cue": "x"}),
		"more than 100,000 files or 256 MiB of CUE": large{257, 1 << 20},
		"broken":        broken{files(map[string]string{"a.cue": "x"})},
		"cannot be had": unlisted{},
	} {
		if _, err := Read(fsys, "."); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestReadCountsFiles(t *testing.T) {
	if in, err := Read(large{maxFiles, 0}, "."); err != nil || len(in.Files) != maxFiles {
		t.Errorf("at the limit: got %d files, %v", len(in.Files), err)
	}
	if _, err := Read(large{maxFiles + 1, 0}, "."); err == nil || !strings.Contains(err.Error(), "more than 100,000 files") {
		t.Errorf("beyond the limit: got %v", err)
	}
}

// TestReadFollowsNoLinks reads a folder of the disk, where a link may lead anywhere.
func TestReadFollowsNoLinks(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.WriteFile(outside+"/secret.cue", []byte("x: 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, dir+"/folder"); err != nil {
		t.Skip(err)
	}
	if in, err := Read(os.DirFS(dir), "."); err != nil || len(in.Files) != 0 {
		t.Errorf("a linked folder: got %v, %v", in.Files, err)
	}
	if err := os.Symlink(outside+"/secret.cue", dir+"/a.cue"); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(os.DirFS(dir), "."); err == nil || !strings.Contains(err.Error(), "symbolic links") {
		t.Errorf("a linked file: got %v", err)
	}
}

// large is a folder of n files of so many bytes.
type large struct{ n, bytes int }

func (l large) Open(string) (fs.File, error) { return nil, fs.ErrInvalid }

func (l large) Stat(string) (fs.FileInfo, error) { return fs.Stat(fstest.MapFS{}, ".") }

func (l large) ReadFile(string) ([]byte, error) { return make([]byte, l.bytes), nil }

func (l large) ReadDir(string) ([]fs.DirEntry, error) {
	entries := make([]fs.DirEntry, l.n)
	for i := range entries {
		entries[i] = entry(fmt.Sprintf("%d.cue", i))
	}
	return entries, nil
}

type entry string

func (e entry) Name() string             { return string(e) }
func (entry) IsDir() bool                { return false }
func (entry) Type() fs.FileMode          { return 0 }
func (entry) Info() (fs.FileInfo, error) { return nil, fs.ErrInvalid }

// broken is a disk that cannot be read.
type broken struct{ fstest.MapFS }

func (broken) ReadFile(string) ([]byte, error) { return nil, errors.New("broken") }

// unlisted is a folder that cannot be listed.
type unlisted struct{}

func (unlisted) Open(string) (fs.File, error) { return nil, errors.New("cannot be had") }

// TestHash wants another name for everything that could come out otherwise.
func TestHash(t *testing.T) {
	hash := func(dir string, contents ...string) string {
		in := Input{Files: map[string][]byte{}, Dir: dir}
		for i := 0; i+1 < len(contents); i += 2 {
			in.Files[contents[i]] = []byte(contents[i+1])
		}
		return in.Hash()
	}
	if hash(".", "a", "1", "b", "2") != hash(".", "b", "2", "a", "1") {
		t.Error("it depends on the order")
	}
	seen := map[string]int{}
	for i, h := range []string{
		hash("."), hash("a"), hash(".", "a", ""), hash(".", "a", "1"), hash(".", "a1", ""), hash(".", "a", "2"),
		hash(".", "a", "1", "b", "2"), hash(".", "a", "11 b1 2"), hash(".", "a", "2", "b", "1"), hash("a", "a", "1"),
	} {
		if first, taken := seen[h]; taken {
			t.Errorf("%d and %d are the same", first, i)
		}
		seen[h] = i
	}
}
