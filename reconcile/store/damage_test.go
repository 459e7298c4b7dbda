package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// full returns the file of a state with enough in it for pages of every sort.
func full(t *testing.T) []byte {
	dir := t.TempDir()
	s := open(t, dir)
	for serial := range 2 {
		var ids []string
		for id := range 60 {
			ids = append(ids, fmt.Sprint("item", id))
		}
		base := given(schema.Body{"text": strings.Repeat("x", 50)}, ids...)
		ok(t, s.Begin("mft", fmt.Sprint(serial), plan.Memory{Base: base, Intents: base}, nil))
	}
	ok(t, s.Remember("mft", "1", nil, []schema.Key{key("item1")}))
	ok(t, s.Finish("mft", "report", "applied"))
	ok(t, s.Close())
	data, err := os.ReadFile(filepath.Join(dir, fileName))
	ok(t, err)
	return data
}

// TestDamage opens, reads and writes files that were cut off, or in which something was overwritten.
// Whatever it is, there is no panic and no fault; and a file that was cut off says what to do.
func TestDamage(t *testing.T) {
	whole := full(t)
	for eighth := range 8 { // its last pages are spare
		size := len(whole)*eighth/8 + 100
		if errs := use(t, whole[:size]); eighth < 4 && !strings.Contains(errs, "is damaged") {
			t.Errorf("cut off at %d of %d: %s", size, len(whole), errs)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	wrong := []func() byte{func() byte { return 0 }, func() byte { return 0xff }, func() byte { return byte(random.Uint32()) }}
	for start := 0; start < len(whole); start += 4096 {
		data := bytes.Clone(whole)
		for i := range 4096 {
			data[start+i] = wrong[start/4096%len(wrong)]()
		}
		use(t, data)
	}
	for range 20 {
		data := bytes.Clone(whole)
		data[random.IntN(len(data))] ^= 1 << random.IntN(8)
		use(t, data)
	}
}

// use does everything with a state that holds data, and returns what went wrong.
func use(t *testing.T, data []byte) string {
	dir := t.TempDir()
	ok(t, os.WriteFile(filepath.Join(dir, fileName), data, 0o600))
	ok(t, os.WriteFile(filepath.Join(dir, keyFile), make([]byte, keySize), 0o600))
	var errs []any
	if snapshot, err := Read(dir, 0); err != nil {
		errs = append(errs, err)
	} else {
		_, err = snapshot.Recall("mft", "1")
		errs = append(errs, err)
	}
	s, err := Open(dir, Holder{}, 0)
	if err != nil {
		return fmt.Sprint(append(errs, err)...)
	}
	for serial := range 2 {
		memory, err := s.Recall("mft", fmt.Sprint(serial))
		errs = append(errs, err, s.Begin("mft", fmt.Sprint(serial), memory, nil))
	}
	return fmt.Sprint(append(errs, s.Close())...)
}
