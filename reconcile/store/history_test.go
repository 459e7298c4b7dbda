package store

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// keeper is what every history does; entries are begun and ended by the owner of the state.
type keeper interface {
	Start(e Entry) (*Run, error)
	Entries() ([]Entry, error)
	Entry(id int) (Entry, error)
	Report(id int, report any) (bool, error)
	Serials(id int) ([]string, error)
	Snapshot(id int, serial string) (plan.Snapshot, bool, error)
	Prune(cluster string, keep int) ([]Entry, error)
}

// TestHistory holds a history to what the commands expect of one.
func TestHistory(t *testing.T) {
	for name, test := range map[string]func(t *testing.T, h keeper, reopen func() keeper){
		"nothing is kept at first":                 historyEmpty,
		"an entry is there from its start":         historyStart,
		"snapshots come back, secrets as marks":    historyRoundTrip,
		"the oldest are dropped, of that cluster":  historyPrune,
		"numbers are not given twice":              historyNumbers,
		"peers with odd names":                     historyNames,
		"a snapshot that breaks off is none":       historyWhole,
		"a second snapshot of a peer replaces one": historyAgain,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			test(t, s.History(), func() keeper {
				ok(t, s.Close())
				s = open(t, dir)
				return s.History()
			})
			ok(t, s.Close())
		})
	}
}

func begun(t tester, h keeper, cluster string) *Run {
	t.Helper()
	run, err := h.Start(Entry{Cluster: cluster, Command: "apply", By: "ada@h1", Started: time.Unix(1, 0).UTC()})
	ok(t, err)
	return run
}

// each yields items as a run would.
func each(items ...plan.Kept) iter.Seq[plan.Kept] { return slices.Values(items) }

func historyEmpty(t *testing.T, h keeper, _ func() keeper) {
	entries, err := h.Entries()
	ok(t, err)
	if len(entries) > 0 {
		t.Error(entries)
	}
	if _, err := h.Entry(1); !errors.Is(err, ErrNoEntry) {
		t.Error(err)
	}
	dropped, err := h.Prune("mft", 1)
	ok(t, err)
	if len(dropped) > 0 {
		t.Error(dropped)
	}
}

func historyStart(t *testing.T, h keeper, reopen func() keeper) {
	run := begun(t, h, "mft")
	want := Entry{Version: 1, ID: 1, Cluster: "mft", Command: "apply", By: "ada@h1", Started: time.Unix(1, 0).UTC()}
	check := func(h keeper) {
		t.Helper()
		entries, err := h.Entries()
		ok(t, err)
		if d := cmp.Diff([]Entry{want}, entries); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
	}
	check(h)
	h = reopen()
	check(h)
	var report struct{ N int }
	if found, err := h.Report(1, &report); found || err != nil {
		t.Error(found, err)
	}
	ok(t, run.End(time.Unix(2, 0).UTC(), map[string]int{"n": 7}, map[string]int{"applied": 7}))
	want.Ended, want.Result = time.Unix(2, 0).UTC(), []byte(`{"applied":7}`)
	check(reopen())
	if found, err := h.Report(1, &report); !found || err != nil || report.N != 7 {
		t.Error(found, err, report)
	}
	if err := run.End(time.Unix(3, 0), func() {}, 1); err == nil {
		t.Error("a report that cannot be kept is no error")
	}
	check(h)
}

func historyRoundTrip(t *testing.T, h keeper, reopen func() keeper) {
	secret := schema.NewSecret("canary", []byte("key"))
	items := []plan.Kept{
		{Key: key("absent")},
		{Key: key("empty"), Body: schema.Body{}},
		{
			Key: key("ours"), Body: schema.Body{"i": int64(9007199254740993), "f": 0.1, "l": []any{"<ü>", nil}},
			Base: &plan.Record{Body: schema.Body{"p": secret}, Revision: "r1"},
		},
	}
	want := plan.Snapshot{Serial: "1001", Instance: "i", Kinds: []string{"host"}}
	run := begun(t, h, "mft")
	ok(t, run.Keep(want, each(items...)))
	ok(t, run.Keep(plan.Snapshot{Serial: "999"}, each()))
	items[2].Base = &plan.Record{Body: schema.Body{"p": secret.Mark()}, Revision: "r1"}
	want.Items = items
	h = reopen()
	got, found, err := h.Snapshot(1, "1001")
	ok(t, err)
	if d := cmp.Diff(want, got); d != "" || !found {
		t.Errorf("-want +got:\n%s", d)
	}
	if got, found, err := h.Snapshot(1, "999"); err != nil || !found || len(got.Items) > 0 {
		t.Error(got, found, err)
	}
	if _, found, err := h.Snapshot(1, "1"); err != nil || found {
		t.Error(found, err)
	}
	serials, err := h.Serials(1)
	ok(t, err)
	if d := cmp.Diff([]string{"999", "1001"}, serials); d != "" {
		t.Error(d)
	}
}

func historyPrune(t *testing.T, h keeper, reopen func() keeper) {
	for range 3 {
		begun(t, h, "edi")
		ok(t, begun(t, h, "mft").Keep(plan.Snapshot{Serial: "1"}, each()))
	}
	dropped, err := h.Prune("mft", 2)
	ok(t, err)
	if len(dropped) != 1 || dropped[0].ID != 2 {
		t.Error(dropped)
	}
	entries, err := reopen().Entries()
	ok(t, err)
	var ids []int
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	if d := cmp.Diff([]int{1, 3, 4, 5, 6}, ids); d != "" {
		t.Error(d)
	}
	if _, err := h.Serials(2); err == nil {
		t.Error("what it kept is still there")
	}
}

func historyNumbers(t *testing.T, h keeper, reopen func() keeper) {
	for want := 1; want < 5; want++ {
		if got := begun(t, h, "mft").ID; got != want {
			t.Errorf("%d, want %d", got, want)
		}
		_, err := h.Prune("mft", 0)
		ok(t, err)
		h = reopen()
	}
}

func historyNames(t *testing.T, h keeper, _ func() keeper) {
	run := begun(t, h, "../mft\x00")
	names := []string{"a", "A", "a/b", "..", "", "\xff", strings.Repeat("long", 1000), "entry.json"}
	for _, name := range names {
		ok(t, run.Keep(plan.Snapshot{Serial: name}, each(plan.Kept{Key: schema.Key{Kind: "host", ID: name}})))
	}
	for _, name := range names {
		if s, found, err := h.Snapshot(run.ID, name); err != nil || !found || len(s.Items) != 1 {
			t.Errorf("%q: %v %v %v", name, s, found, err)
		}
	}
}

func historyWhole(t *testing.T, h keeper, _ func() keeper) {
	run := begun(t, h, "mft")
	unwritable := plan.Kept{Key: key("b"), Body: schema.Body{"f": func() {}}}
	if err := run.Keep(plan.Snapshot{Serial: "1"}, each(plan.Kept{Key: key("a")}, unwritable)); err == nil || !strings.Contains(err.Error(), "host/b") {
		t.Error(err)
	}
	if _, found, err := h.Snapshot(1, "1"); found || err != nil {
		t.Error(found, err)
	}
}

func historyAgain(t *testing.T, h keeper, _ func() keeper) {
	run := begun(t, h, "mft")
	ok(t, run.Keep(plan.Snapshot{Serial: "1"}, each(plan.Kept{Key: key("a")})))
	ok(t, run.Keep(plan.Snapshot{Serial: "1"}, each(plan.Kept{Key: key("b")})))
	got, _, err := h.Snapshot(1, "1")
	ok(t, err)
	if d := cmp.Diff([]plan.Kept{{Key: key("b")}}, got.Items, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}

// TestKeepStreams: while the last items are still to come, the first are on disk already; what is kept of ten
// thousand takes the memory of a few.
func TestKeepStreams(t *testing.T) {
	dir := t.TempDir()
	run := begun(t, &History{dir: filepath.Join(dir, historyDir)}, "mft")
	written := func() (size int64) {
		files, err := os.ReadDir(run.history.of(run.ID))
		ok(t, err)
		for _, file := range files {
			if info, err := file.Info(); err == nil && strings.HasPrefix(file.Name(), ".") {
				size += info.Size()
			}
		}
		return size
	}
	random := uint64(1)
	var early int64
	ok(t, run.Keep(plan.Snapshot{Serial: "1"}, func(yield func(plan.Kept) bool) {
		for i := range 10_000 {
			random = random*6364136223846793005 + 1442695040888963407 // so that it does not compress to nothing
			if i == 9_000 {
				early = written()
			}
			if !yield(plan.Kept{Key: key(fmt.Sprint(i)), Body: schema.Body{"n": fmt.Sprint(random)}}) {
				return
			}
		}
	}))
	s, _, err := run.history.Snapshot(1, "1")
	ok(t, err)
	if len(s.Items) != 10_000 || early < 50_000 {
		t.Errorf("%d items, and %d bytes were written before the last thousand came", len(s.Items), early)
	}
}

// TestDamagedHistory: what was cut off or overwritten is an error that says what cannot be done; another
// entry is as good as before.
func TestDamagedHistory(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	defer func() { ok(t, s.Close()) }()
	h := s.History()
	run := begun(t, h, "mft")
	ok(t, run.Keep(plan.Snapshot{Serial: "1"}, each(plan.Kept{Key: key("a")}, plan.Kept{Key: key("b")})))
	name := filepath.Join(h.of(1), peerFile("1"))
	whole, err := os.ReadFile(name)
	ok(t, err)
	for size := range len(whole) {
		ok(t, os.WriteFile(name, whole[:size], 0o600))
		if _, _, err := h.Snapshot(1, "1"); err == nil || !strings.Contains(err.Error(), "cannot be put back") {
			t.Errorf("cut off at %d of %d: %v", size, len(whole), err)
		}
	}
	for i := range whole {
		data := bytes.Clone(whole)
		data[i] ^= 1 << (i % 8)
		ok(t, os.WriteFile(name, data, 0o600))
		if got, _, err := h.Snapshot(1, "1"); err == nil && len(got.Items) != 2 {
			t.Errorf("byte %d of %d: no error, and %v", i, len(whole), got)
		}
	}
	second := begun(t, h, "mft")
	ok(t, os.WriteFile(filepath.Join(h.of(1), entryFile), []byte(`{"version":2}`), 0o600))
	if _, err := h.Entries(); err == nil || !strings.Contains(err.Error(), "use the version that wrote it") {
		t.Error(err)
	}
	ok(t, os.WriteFile(filepath.Join(h.of(1), entryFile), []byte(`{`), 0o600))
	if _, err := h.Entries(); err == nil || !strings.Contains(err.Error(), "nothing else depends on it") {
		t.Error(err)
	}
	if _, err := h.Entry(second.ID); err != nil {
		t.Error(err)
	}
}

// TestHistoryIsPrivate: only the owner may read it, and no secret is in it, compressed or not.
func TestHistoryIsPrivate(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	body := schema.Body{"password": schema.NewSecret("canary-in-a-mine", s.Key())}
	run := begun(t, s.History(), "mft")
	ok(t, run.Keep(plan.Snapshot{Serial: "1"}, each(plan.Kept{Key: key("a"), Body: body, Base: &plan.Record{Body: body}})))
	ok(t, run.End(time.Unix(2, 0), body, body))
	ok(t, s.Close())
	ok(t, filepath.WalkDir(filepath.Join(dir, historyDir), func(name string, d fs.DirEntry, err error) error {
		info, _ := d.Info()
		if d.IsDir() {
			if info.Mode().Perm() != 0o700 {
				t.Errorf("%s: %s", name, info.Mode())
			}
			return err
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %s", name, info.Mode())
		}
		data, err := os.ReadFile(name)
		if zip, zipped := gzip.NewReader(bytes.NewReader(data)); zipped == nil {
			data, err = io.ReadAll(zip)
		}
		if bytes.Contains(data, []byte("canary")) || !json.Valid(bytes.SplitN(data, []byte("\n"), 2)[0]) {
			t.Errorf("%s holds it, or is no JSON: %s", name, data)
		}
		return err
	}))
}

// TestHistorySweeps: what a process leaves that is killed while it makes or drops a run is no run, and goes.
func TestHistorySweeps(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	defer func() { ok(t, s.Close()) }()
	h := s.History()
	ok(t, begun(t, h, "mft").Keep(plan.Snapshot{Serial: "1"}, each()))
	begun(t, h, "mft")
	ok(t, os.Remove(filepath.Join(h.of(1), entryFile)))
	entries, err := h.Entries()
	ok(t, err)
	if len(entries) != 1 || entries[0].ID != 2 {
		t.Error(entries)
	}
	if dropped, err := h.Prune("mft", 50); err != nil || len(dropped) > 0 {
		t.Error(dropped, err)
	}
	if _, err := os.Stat(h.of(1)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it is still there")
	}
}
