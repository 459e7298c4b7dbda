package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func planFile(t testing.TB, key []byte) (name string, document map[string]any) {
	t.Helper()
	name, document = filepath.Join(t.TempDir(), "a.plan"), map[string]any{"text": "a\nb <&> \u2028", "n": 1.0}
	if err := WritePlan(name, key, document); err != nil {
		t.Fatal(err)
	}
	return name, document
}

func TestPlanFileComesBack(t *testing.T) {
	name, document := planFile(t, []byte("key"))
	info, err := os.Stat(name)
	ok(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
	f, err := ReadPlan(name)
	ok(t, err)
	ok(t, f.Check([]byte("key")))
	var back map[string]any
	ok(t, f.Decode(&back))
	if d := cmp.Diff(document, back); d != "" {
		t.Error(d)
	}
	if err := f.Check([]byte("other")); err == nil || !strings.Contains(err.Error(), "was made with another state") {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(name), ".*")); err != nil || len(left) > 0 {
		t.Error("left behind:", left, err)
	}
}

// TestPlanFileIsWholeOrRefused changes, adds or takes away any byte.
func TestPlanFileIsWholeOrRefused(t *testing.T) {
	name, _ := planFile(t, []byte("key"))
	data, err := os.ReadFile(name)
	ok(t, err)
	for i := range data {
		flipped := append([]byte{}, data...)
		flipped[i] ^= 1
		for what, text := range map[string][]byte{
			"changed": flipped, "cut": data[:i],
			"added": append(append(append([]byte{}, data[:i]...), ' '), data[i:]...),
			"taken": append(append([]byte{}, data[:i]...), data[i+1:]...),
		} {
			ok(t, os.WriteFile(name, text, 0o600))
			f, err := ReadPlan(name)
			if err == nil {
				err = f.Check([]byte("key"))
			}
			if err == nil {
				t.Errorf("%s at %d: accepted", what, i)
			}
		}
	}
}

func TestPlanFileCannotBeWritten(t *testing.T) {
	if err := WritePlan(filepath.Join(t.TempDir(), "a.plan"), nil, func() {}); err == nil {
		t.Error("a document that is none is written")
	}
}

// FuzzPlanFile: nobody without the key makes a plan, and no file does harm.
func FuzzPlanFile(f *testing.F) {
	name, _ := planFile(f, []byte("key"))
	data, err := os.ReadFile(name)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(""))
	f.Add([]byte("reconciler saved plan, version 1, state \n\n\n"))
	f.Add(data)
	f.Fuzz(func(t *testing.T, text []byte) {
		name := filepath.Join(t.TempDir(), "a.plan")
		ok(t, os.WriteFile(name, text, 0o600))
		plan, err := ReadPlan(name)
		if err != nil {
			return
		}
		if err := plan.Check([]byte("key")); err == nil && string(text) != string(data) {
			t.Errorf("accepted: %q", text)
		}
	})
}

func TestPlanIsSpentOnce(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	ok(t, s.Unspent("a"))
	ok(t, s.Spend("b", Holder{}))
	by := Holder{User: "ada", Host: "h", Since: time.Unix(0, 0)}
	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		group.Go(func() { errs[i] = s.Spend("a", by) })
	}
	group.Wait()
	spent := 0
	for _, err := range errs {
		if err == nil {
			spent++
		}
	}
	if spent != 1 {
		t.Errorf("spent %d times", spent)
	}
	ok(t, s.Close())
	s = open(t, dir)
	var e *SpentError
	if err := s.Unspent("a"); !errors.As(err, &e) || err.Error() != "this plan was applied before, by ada@h on 1970-01-01T00:00:00Z; a plan is applied once: plan again" {
		t.Error(err)
	}
	ok(t, s.Unspent("c"))
	ok(t, s.Close())
}
