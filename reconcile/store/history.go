package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

const (
	historyDir    = "history"
	entryFile     = "entry.json"
	reportFile    = "report.json.gz"
	historyFormat = 1
)

// ErrNoEntry is returned for a run or snapshot that is not kept, or not any longer.
var ErrNoEntry = errors.New("there is no such run or snapshot")

// History is the runs and snapshots that a state directory keeps, in files beside the database, which
// never shrinks. Each has a directory of its own, named by its number, and in it
//
//	entry.json       what it was; there from its first moment, and again when it has ended
//	report.json.gz   what became of it
//	HASH.gz          of each peer: what the run was about to overwrite there, or all that the peer held
//
// Every file is there whole or not at all, so that a run that is killed at any moment has an entry, and of
// each peer a whole snapshot or none. It is written by the owner of the state only; it is read without any
// lock.
type History struct{ dir string }

// History returns the history of this state.
func (s *Store) History() *History { return ReadHistory(s.dir) }

// ReadHistory returns the history in a state directory, to look at. There need not be any.
func ReadHistory(dir string) *History { return &History{dir: filepath.Join(dir, historyDir)} }

// Entry is a run or a snapshot.
type Entry struct {
	Version  int       `json:"version"` // of this format
	ID       int       `json:"id"`
	Cluster  string    `json:"cluster"`
	Command  string    `json:"command"`            // apply, rollback or snapshot
	Rollback string    `json:"rollback,omitempty"` // the run or snapshot that was rolled back to
	Revision string    `json:"revision"`
	Subject  string    `json:"subject,omitempty"` // author and subject of the commit
	By       string    `json:"by"`                // user@host
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended,omitzero"` // zero: it was stopped, or has not ended

	Plan   json.RawMessage `json:"plan,omitempty"`   // in numbers
	Result json.RawMessage `json:"result,omitempty"` // in numbers, of one that has ended
}

// Run is an entry that this process writes.
type Run struct {
	Entry
	history *History
}

// Start gives an entry the next number, and keeps it as one that has not ended.
func (h *History) Start(e Entry) (*Run, error) {
	numbers, err := h.numbers()
	if err != nil {
		return nil, fmt.Errorf("keep the run: %w", err)
	}
	e.Version, e.ID = historyFormat, 1
	if len(numbers) > 0 {
		e.ID = numbers[len(numbers)-1] + 1
	}
	run := &Run{Entry: e, history: h}
	if err := run.start(); err != nil {
		return nil, fmt.Errorf("keep run %d: %w", e.ID, err)
	}
	return run, nil
}

func (r *Run) start() error {
	if err := os.MkdirAll(r.history.of(r.ID), 0o700); err != nil {
		return err
	}
	return errors.Join(r.write(), syncDir(r.history.dir))
}

func (r *Run) write() error {
	data, err := json.Marshal(r.Entry)
	if err != nil {
		return err
	}
	dir := r.history.of(r.ID)
	return errors.Join(writeWhole(filepath.Join(dir, entryFile), append(data, '\n')), syncDir(dir))
}

// End keeps the report of the run, and result, that report in numbers.
func (r *Run) End(at time.Time, report, result any) error {
	err := writeStream(filepath.Join(r.history.of(r.ID), reportFile), zipped(func(e *json.Encoder) error { return e.Encode(report) }))
	if err == nil {
		r.Ended = at
		r.Result, err = json.Marshal(result)
	}
	if err == nil {
		err = r.write()
	}
	if err != nil {
		return fmt.Errorf("keep the report of run %d: %w", r.ID, err)
	}
	return nil
}

// Entries returns all that is kept, the oldest first; those that cannot be read are left out, and in the error.
func (h *History) Entries() ([]Entry, error) {
	numbers, err := h.numbers()
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	var all []Entry
	var unread []error
	for _, id := range numbers {
		switch e, err := h.Entry(id); {
		case errors.Is(err, ErrNoEntry): // it is just being made, or dropped
		case err != nil:
			unread = append(unread, err)
		default:
			all = append(all, e)
		}
	}
	return all, errors.Join(unread...)
}

// Entry returns one, or ErrNoEntry.
func (h *History) Entry(id int) (Entry, error) {
	var e Entry
	data, err := os.ReadFile(filepath.Join(h.of(id), entryFile))
	if errors.Is(err, fs.ErrNotExist) {
		return e, fmt.Errorf("%d: %w", id, ErrNoEntry)
	}
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	if err == nil && e.Version != historyFormat {
		err = fmt.Errorf("it is of format %d, and this version knows %d only: use the version that wrote it", e.Version, historyFormat)
	}
	if err != nil {
		return e, fmt.Errorf("read %s: %w; without %s there is no trace of it, and nothing else depends on it",
			filepath.Join(h.of(id), entryFile), err, h.of(id))
	}
	return e, nil
}

// Report reads the report of a run into report, and tells whether there is one.
func (h *History) Report(id int, report any) (bool, error) {
	err := unzip(filepath.Join(h.of(id), reportFile), func(d *json.Decoder) error { return d.Decode(report) })
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the report of run %d: %w", id, err)
	}
	return true, nil
}

// Prune drops the oldest entries of a cluster beyond the last keep, and returns them. What a killed process
// left half made or half dropped goes too; what cannot be read stays, for people to look at. The last entry
// always stays: numbers are not given twice.
func (h *History) Prune(cluster string, keep int) ([]Entry, error) {
	entries, _ := h.Entries() // whoever looks at the history is told what cannot be read
	entries = slices.DeleteFunc(entries, func(e Entry) bool { return e.Cluster != cluster })
	dropped := entries[:max(0, len(entries)-max(keep, 1))]
	for _, e := range dropped {
		if err := h.drop(e.ID); err != nil {
			return nil, fmt.Errorf("drop run %d: %w", e.ID, err)
		}
	}
	return dropped, h.sweep()
}

// drop removes the entry first: without it, nothing else in its directory is looked at.
func (h *History) drop(id int) error {
	err := os.Remove(filepath.Join(h.of(id), entryFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, os.RemoveAll(h.of(id)))
}

func (h *History) sweep() error {
	numbers, err := h.numbers()
	if err != nil || len(numbers) == 0 {
		return err
	}
	for _, id := range numbers[:len(numbers)-1] {
		if _, err := h.Entry(id); errors.Is(err, ErrNoEntry) {
			if err := h.drop(id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *History) of(id int) string { return filepath.Join(h.dir, strconv.Itoa(id)) }

// numbers are those of the directories there are, rising.
func (h *History) numbers() ([]int, error) {
	files, err := os.ReadDir(h.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []int
	for _, file := range files {
		if id, err := strconv.Atoi(file.Name()); err == nil && id > 0 && file.IsDir() {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all, err
}
