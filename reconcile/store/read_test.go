package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.etcd.io/bbolt"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	memory := plan.Memory{Instance: "i", Base: given(schema.Body{"n": int64(1)}, "a"), Intents: given(schema.Body{"n": int64(2)}, "b")}
	ok(t, s.Begin("mft", "1001", memory, nil))
	ok(t, s.Finish("mft", map[string]any{"run": 1}, map[string]any{"applied": 1}))
	ok(t, s.Finish("mft", map[string]any{"run": 2}, nil))
	key := bytes.Clone(s.Key())
	ok(t, s.Close())

	snapshot, err := Read(dir, 0)
	ok(t, err)
	s = open(t, dir) // a snapshot holds no lock
	ok(t, s.Begin("mft", "1001", plan.Memory{}, nil))
	ok(t, s.Close())
	got, err := snapshot.Recall("mft", "1001")
	ok(t, err)
	if d := cmp.Diff(memory, got, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
	if !bytes.Equal(key, snapshot.Key()) || len(key) != keySize {
		t.Errorf("key %x, %x", key, snapshot.Key())
	}
	var run struct{ Run int }
	if found, err := snapshot.LastRun("mft", &run); err != nil || !found || run.Run != 2 {
		t.Error(found, err, run)
	}
	if applied, err := snapshot.Applied(); err != nil || string(applied["mft"]) != `{"applied":1}` {
		t.Error(err, applied)
	}
	if found, err := snapshot.LastRun("other", &run); err != nil || found {
		t.Error(found, err)
	}
}

func TestReadWhereThereIsNothing(t *testing.T) {
	empty, unborn, keyless := t.TempDir(), t.TempDir(), t.TempDir()
	ok(t, os.WriteFile(filepath.Join(unborn, fileName), nil, 0o600))
	ok(t, open(t, keyless).Close())
	ok(t, os.Remove(filepath.Join(keyless, keyFile)))
	for _, dir := range []string{empty, unborn, keyless, filepath.Join(empty, "none")} {
		if _, err := Read(dir, 0); !errors.Is(err, ErrNone) {
			t.Errorf("%s: %v", dir, err)
		}
	}
	entries, err := os.ReadDir(empty)
	if err != nil || len(entries) > 0 {
		t.Error("looking left traces:", entries, err)
	}
}

func TestLostKey(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	old := bytes.Clone(s.Key())
	ok(t, s.Remember("mft", "1001", given(schema.Body{}, "a"), nil))
	ok(t, s.Close())
	ok(t, os.Remove(filepath.Join(dir, keyFile)))
	snapshot, err := Read(dir, 0)
	ok(t, err)
	s = open(t, dir)
	defer func() { ok(t, s.Close()) }()
	if bytes.Equal(old, s.Key()) || bytes.Equal(old, snapshot.Key()) || len(snapshot.Key()) != keySize {
		t.Error("the old key is back")
	}
	recalls(t, s, "mft", "1001", plan.Memory{Base: given(schema.Body{}, "a")})
}

func TestKeyOfAnotherLength(t *testing.T) {
	dir := t.TempDir()
	ok(t, open(t, dir).Close())
	ok(t, os.WriteFile(filepath.Join(dir, keyFile), []byte("short"), 0o600))
	for _, err := range []error{openError(dir), readError(dir)} {
		if err == nil || !strings.Contains(err.Error(), "want 32 bytes, got 5; remove it") {
			t.Error(err)
		}
	}
}

func openError(dir string) error {
	s, err := Open(dir, Holder{}, 0)
	if err != nil {
		return err
	}
	return s.Close()
}

func readError(dir string) error {
	_, err := Read(dir, 0)
	return err
}

func TestNewerFormat(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	ok(t, s.db.update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte("2")) }))
	ok(t, s.Close())
	for _, err := range []error{openError(dir), readError(dir), openError(dir)} {
		if err == nil || !strings.Contains(err.Error(), "it is of format 2, and this version knows 1 only") {
			t.Error(err)
		}
	}
}

// TestReadSettled: a snapshot says the same as the store, also of a run that did not finish.
func TestReadSettled(t *testing.T) {
	dir, as := t.TempDir(), plan.Settled{Digest: "d", Desired: "h", InSync: 3, Foreign: 1}
	s := open(t, dir)
	ok(t, s.Begin("mft", "1001", plan.Memory{Instance: "i1", Settled: as}, nil))
	ok(t, s.Begin("mft", "1002", plan.Memory{Instance: "i2", Settled: as, Intents: given(schema.Body{}, "a")}, nil))
	ok(t, s.Close())
	snapshot, err := Read(dir, 0)
	ok(t, err)
	for serial, want := range map[string]plan.Settled{"1001": as, "1002": {}, "1003": {}} {
		if instance, got, err := snapshot.Settled("mft", serial); err != nil || got != want || (instance == "i1") != (want == as) {
			t.Errorf("%s: %q, %+v, %v", serial, instance, got, err)
		}
	}
}
