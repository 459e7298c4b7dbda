package load

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// answering is a cache whose child gives one answer, whatever it is asked.
func answering(t *testing.T, dir, answer string) Cache {
	t.Helper()
	echo, err := exec.LookPath("echo")
	if err != nil {
		t.Skip(err)
	}
	return Cache{Child: Child{Path: echo, Args: []string{"echo", answer}}, Dir: dir}
}

// remembering is a cache that has no child to ask.
func remembering(dir string) Cache { return Cache{Child: Child{Path: "/nowhere/at/all"}, Dir: dir} }

const answer = `{"cluster":{"name":"mft","items":{"user":{"a":{"big":9007199254740993,"gone":null}}}}}`

// load wants a result, and returns it.
func (c Cache) load(t *testing.T, in Input) string {
	t.Helper()
	result, err := c.Load(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return whole(result)
}

func misses(t *testing.T, c Cache, in Input, why string) {
	t.Helper()
	if result, err := c.Load(t.Context(), in); err == nil {
		t.Errorf("%s: got %s", why, whole(result))
	}
}

func TestCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "cache")
	in := one("x: 1")
	first := answering(t, dir, answer).load(t, in)
	if again := remembering(dir).load(t, in); again != first {
		t.Errorf("got %s, then %s", first, again)
	}
	misses(t, remembering(dir), one("x: 2"), "another text")
	misses(t, remembering(dir), Input{Files: map[string][]byte{"b.cue": []byte("x: 1")}, Dir: "."}, "another name")
	misses(t, remembering(dir), Input{Files: in.Files, Dir: "a"}, "another folder")
	other := remembering(dir)
	other.Salt = "v2"
	misses(t, other, in, "another program")
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("others may look into it: %v, %v", info, err)
	}
}

func TestCacheWithoutFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	answering(t, "", answer).load(t, one("x"))
	misses(t, remembering(""), one("x"), "no folder")
	if entries, err := os.ReadDir("."); err != nil || len(entries) > 0 {
		t.Errorf("it left %v, %v", entries, err)
	}
}

func TestCacheIsCorrupt(t *testing.T) {
	dir := t.TempDir()
	in := one("x")
	want := answering(t, dir, answer).load(t, in)
	for _, garbage := range []string{"", "garbage", "null", "{}", `{"problems":[{"rule":"x"}]}`, want[:20], "\x00\x00"} {
		overwrite(t, dir, garbage)
		misses(t, remembering(dir), in, garbage)
		if got := answering(t, dir, answer).load(t, in); got != want {
			t.Errorf("%q: got %s", garbage, got)
		}
		if got := remembering(dir).load(t, in); got != want {
			t.Errorf("%q: not mended, got %s", garbage, got)
		}
	}
}

// overwrite puts text into every file of a folder.
func overwrite(t *testing.T, dir, text string) {
	t.Helper()
	names, err := filepath.Glob(dir + "/*")
	if err != nil || len(names) != 1 {
		t.Fatalf("got %v, %v", names, err)
	}
	if err := os.WriteFile(names[0], []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCacheForgetsProblems(t *testing.T) {
	dir := t.TempDir()
	answering(t, dir, `{"problems":[{"rule":"x","message":"y"}]}`).load(t, one("x"))
	misses(t, remembering(dir), one("x"), "an invalid configuration")
	if _, err := answering(t, dir, "garbage").Load(t.Context(), one("x")); err == nil {
		t.Error("a broken child is no error")
	}
	if names, _ := filepath.Glob(dir + "/*"); len(names) > 0 {
		t.Errorf("it left %v", names)
	}
}

func TestCachePrunes(t *testing.T) {
	dir := t.TempDir()
	for i := range 12 {
		answering(t, dir, answer).load(t, one(fmt.Sprint("x: ", i)))
		age(t, dir)
	}
	names, _ := filepath.Glob(dir + "/*")
	if len(names) != keep {
		t.Errorf("it keeps %d", len(names))
	}
	for i := range 12 {
		if c := remembering(dir); i < 12-keep {
			misses(t, c, one(fmt.Sprint("x: ", i)), fmt.Sprint(i, " is old"))
		} else {
			c.load(t, one(fmt.Sprint("x: ", i)))
		}
	}
}

// age makes all files of a folder an hour older, so that no clock is too coarse for their order.
func age(t *testing.T, dir string) {
	t.Helper()
	names, _ := filepath.Glob(dir + "/*")
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, time.Time{}, info.ModTime().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCacheCannotWrite: that costs time, never the result, and leaves nothing behind.
func TestCacheCannotWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	answering(t, filepath.Join(file, "cache"), answer).load(t, one("x"))

	dir := t.TempDir()
	answering(t, dir, answer).load(t, one("x"))
	names, _ := filepath.Glob(dir + "/*")
	if err := os.Remove(names[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(names[0]+"/in the way", 0o700); err != nil {
		t.Fatal(err)
	}
	answering(t, dir, answer).load(t, one("x"))
	if left, _ := filepath.Glob(dir + "/*"); len(left) != 1 {
		t.Errorf("it left %v", left)
	}
}

func TestCacheIsUsedByMany(t *testing.T) {
	dir := t.TempDir()
	want := answering(t, "", answer).load(t, one("x"))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 5 {
				if result, err := answering(t, dir, answer).Load(t.Context(), one(fmt.Sprint(i%2))); err != nil || whole(result) != want {
					t.Errorf("got %s, %v", whole(result), err)
				}
			}
		})
	}
	all.Wait()
}

// TestCacheOfWhoHoldsWhat: who holds what has an answer of its own where the files refer to it, and nowhere else.
func TestCacheOfWhoHoldsWhat(t *testing.T) {
	const asks = `{"cluster":{"name":"mft"},"refers":true}`
	held := func(serial string) Input {
		in := one("x: 1")
		in.Active = Active{"ingest": {{Holder: serial, Epoch: 1}}}
		return in
	}
	for said, first := range map[string]Input{"before anybody": one("x: 1"), "with a holder": held("1001")} {
		plain, asking := filepath.Join(t.TempDir(), "cache"), filepath.Join(t.TempDir(), "cache")
		want := answering(t, plain, answer).load(t, first)
		for _, in := range []Input{one("x: 1"), held("1001"), held("1002")} {
			if got := remembering(plain).load(t, in); got != want {
				t.Errorf("asked first %s, and then with %v: %s, want %s", said, in.Active, got, want)
			}
		}
		answering(t, asking, asks).load(t, first)
		remembering(asking).load(t, first)
		misses(t, remembering(asking), held("1002"), "another holder")
		answering(t, asking, asks).load(t, held("1002"))
		remembering(asking).load(t, first)
	}
}
