package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
)

// TestLedgerIsConfirmedInItsPlace: a file that was taken away is read as before, and confirms nothing, for the next
// start would not find it; nor does one that another lies in place of.
func TestLedgerIsConfirmedInItsPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	defer func() { ok(t, s.Close()) }()
	led, err := s.Lead("mft", "a", false)
	ok(t, err)
	name, aside := filepath.Join(dir, fileName), filepath.Join(dir, "aside")
	ok(t, os.Rename(name, aside))
	if _, err := s.Ledger("mft"); err == nil || errors.Is(err, ErrReplaced) || !strings.HasSuffix(err.Error(), "state.db is gone: bring it back") {
		t.Errorf("gone: %v", err)
	}
	if err := s.Swap("mft", swap(led.Term, lease.Seating{}, lease.Seating{Holder: "1001", Epoch: 1})); err == nil {
		t.Error("a place is given away in a file that is gone")
	}
	ok(t, os.WriteFile(name, nil, 0o600))
	if _, err := s.Ledger("mft"); !errors.Is(err, ErrReplaced) {
		t.Errorf("replaced: %v", err)
	}
	ok(t, os.Rename(aside, name))
	back, err := s.Ledger("mft")
	ok(t, err)
	if back.Term != led.Term {
		t.Errorf("back, in term %d", back.Term)
	}
}

// TestLedgerIsConfirmedOnTheDisk: after a change that came to nothing, what is read is not confirmed before the disk
// takes changes again. That its file is closed behind its back is what stands for a disk that fails here.
func TestLedgerIsConfirmedOnTheDisk(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	led, err := s.Lead("mft", "a", false)
	ok(t, err)
	held := lease.Seating{Holder: "1001", Epoch: 1}
	if err := s.Swap("mft", swap(led.Term+1, lease.Seating{}, held)); !errors.Is(err, ErrTerm) {
		t.Error(err)
	}
	ok(t, s.db.file.Close())
	if _, err := s.Ledger("mft"); err != nil { // also after a change that was refused
		t.Errorf("nothing was to be written, and yet: %v", err)
	}
	if err := s.Swap("mft", swap(led.Term, lease.Seating{}, held)); err == nil {
		t.Fatal("it is written to a closed file")
	}
	if _, err := s.Ledger("mft"); err == nil {
		t.Error("it is confirmed what may not be on the disk")
	}
	_ = s.Close() // the file is closed
}
