package store

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBySerial: what is known of peers is kept, each for itself, until it is taken back.
func TestBySerial(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	none, err := s.Boots("mft")
	ok(t, err)
	if len(none) > 0 {
		t.Errorf("of a new store: %v", none)
	}
	ok(t, s.Boot("mft", "1001", "passive"))
	ok(t, s.Boot("mft", "1002", "passive"))
	ok(t, s.Boot("other", "1001", "other"))
	ok(t, s.Off("mft", "1001", "fenced"))
	ok(t, s.Boot("mft", "1002", nil))
	ok(t, s.Close())
	s = openStore(t, dir)
	defer func() { ok(t, s.Close()) }()
	boots, err := s.Boots("mft")
	ok(t, err)
	offs, err := s.Offs("mft")
	ok(t, err)
	want := []map[string]json.RawMessage{{"1001": json.RawMessage(`"passive"`)}, {"1001": json.RawMessage(`"fenced"`)}}
	if diff := cmp.Diff(want, []map[string]json.RawMessage{boots, offs}); diff != "" {
		t.Error(diff)
	}
}
