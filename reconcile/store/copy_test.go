package store

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// TestCopyIsRead reads a state through a copy, while its owner has it.
func TestCopyIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	defer func() { ok(t, s.Close()) }()
	ok(t, s.Remember("mft", "1001", given(schema.Body{"n": int64(1)}, "a"), nil))
	var copied bytes.Buffer
	ok(t, s.Copy(&copied))
	ok(t, s.Remember("mft", "1001", given(schema.Body{"n": int64(2)}, "a"), nil))

	snapshot, err := ReadCopy(dir, bytes.NewReader(copied.Bytes()))
	ok(t, err)
	got, err := snapshot.Recall("mft", "1001")
	ok(t, err)
	if d := cmp.Diff(plan.Memory{Base: given(schema.Body{"n": int64(1)}, "a")}, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if !bytes.Equal(snapshot.Key(), s.Key()) {
		t.Error("it has another key")
	}
	if _, err := ReadCopy(dir, bytes.NewReader(copied.Bytes()[:copied.Len()/2])); err == nil {
		t.Error("half a copy is read")
	}
	locked, _ := errors.AsType[*LockedError](func() error { _, err := Read(dir, 0); return err }())
	if locked == nil {
		t.Error("the owner lets others in")
	}
}
