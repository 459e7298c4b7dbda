package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

func holder() Holder {
	return Holder{Command: "apply", User: "ada", Host: "h1", PID: 123, Since: time.Date(2026, 1, 31, 19, 0, 0, 0, time.FixedZone("", 3600))}
}

// locked wants a *LockedError, and returns what it says.
func locked(t *testing.T, err error) string {
	t.Helper()
	found, is := errors.AsType[*LockedError](err)
	if !is {
		t.Fatalf("got %v, want a *LockedError", err)
	}
	return strings.ReplaceAll(found.Error(), found.Dir, "DIR")
}

func TestOneOwnerAtATime(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, holder(), 0)
	ok(t, err)
	want := "the state in DIR is held by apply by ada@h1 (pid 123) since 2026-01-31T18:00:00Z"
	_, err = Open(dir, Holder{Command: "other"}, 0)
	if got := locked(t, err); got != want {
		t.Errorf("Open: %s", got)
	}
	_, err = Read(dir, 0)
	if got := locked(t, err); got != want {
		t.Errorf("Read: %s", got)
	}
	ok(t, s.Close())
	ok(t, open(t, dir).Close())
}

// TestOpenWaits: the one who waits gets the state when the other lets go.
func TestOpenWaits(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	opened := make(chan error)
	go func() {
		second, err := Open(dir, Holder{}, time.Minute)
		if err == nil {
			err = second.Close()
		}
		opened <- err
	}()
	ok(t, first.Close())
	ok(t, <-opened)
}

// TestHolderOfACrash: a holder file that outlives its process is no lock, and its name is gone with the
// next owner's.
func TestHolderOfACrash(t *testing.T) {
	dir := t.TempDir()
	ok(t, writeHolder(dir, holder()))
	s, err := Open(dir, Holder{Command: "status", PID: 7}, 0)
	ok(t, err)
	_, err = Open(dir, Holder{}, 0)
	if got := locked(t, err); !strings.Contains(got, "status by") {
		t.Error(got)
	}
	ok(t, s.Close())
	if _, err := os.Stat(filepath.Join(dir, holderFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the holder file outlived its owner")
	}
}

func TestHolderThatDoesNotSay(t *testing.T) {
	for _, text := range []string{"", "{", `"x"`} {
		dir := t.TempDir()
		s := open(t, dir)
		ok(t, os.WriteFile(filepath.Join(dir, holderFile), []byte(text), 0o600))
		_, err := Open(dir, Holder{}, 0)
		if got := locked(t, err); got != "the state in DIR is held by another process" {
			t.Error(got)
		}
		ok(t, s.Close())
	}
}

// TestLostKey: without its key a state is as good as before, but for the secrets.
// TestOnlyTheOwnerMayRead, whatever the umask of a shell that makes everything readable.
func TestOnlyTheOwnerMayRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	s := open(t, dir)
	defer func() { ok(t, s.Close()) }()
	ok(t, s.Remember("mft", "1001", given(schema.Body{}, "a"), nil))
	modes := map[string]fs.FileMode{}
	ok(t, filepath.WalkDir(dir, func(_ string, d fs.DirEntry, _ error) error {
		info, err := d.Info()
		modes[d.Name()] = info.Mode()
		return err
	}))
	want := map[string]fs.FileMode{"here": fs.ModeDir | 0o700, fileName: 0o600, keyFile: 0o600, holderFile: 0o600, ".gitignore": 0o600}
	if d := cmp.Diff(want, modes); d != "" {
		t.Error(d)
	}
	if ignored, err := os.ReadFile(filepath.Join(dir, ".gitignore")); string(ignored) != "*\n" {
		t.Errorf("%q %v", ignored, err)
	}
}

// TestNoSecretOnDisk looks for a secret in every byte that a store leaves behind.
func TestNoSecretOnDisk(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	body := schema.Body{"password": schema.NewSecret("canary-in-a-mine", s.Key())}
	ok(t, s.Begin("mft", "1001", plan.Memory{Base: given(body, "a"), Intents: given(body, "b")}, nil))
	ok(t, s.Remember("mft", "1001", given(body, "c"), nil))
	ok(t, s.Finish("mft", body, body))
	ok(t, s.Close())
	ok(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		if bytes.Contains(data, []byte("canary")) {
			t.Errorf("%s holds it", name)
		}
		return err
	}))
}

func TestNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	ok(t, os.WriteFile(file, nil, 0o600))
	if err := openError(filepath.Join(file, "below")); err == nil {
		t.Error("no error")
	}
	dir := t.TempDir()
	ok(t, os.Mkdir(filepath.Join(dir, fileName), 0o700))
	if err := openError(dir); err == nil || strings.Contains(err.Error(), "damaged") {
		t.Error(err)
	}
}
