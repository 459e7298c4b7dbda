package store

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const holderFile = "holder.json"

// Holder says who owns a state, for the people who have to wait for it.
type Holder struct {
	Command string    `json:"command"` // as in "apply"
	User    string    `json:"user"`
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	Socket  string    `json:"socket,omitempty"` // of one that answers others while it holds the state; an absolute path
}

// Serves tells whether the holder answers others while it holds the state.
func (h Holder) Serves() bool { return h.Socket != "" }

// HolderOf returns who holds the state in dir, zero if nobody does. One that died may have left its name.
func HolderOf(dir string) Holder { return readHolder(dir) }

// String is "apply by root@host (pid 123) since 2026-01-31T18:00:00Z".
func (h Holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("%s by %s@%s (pid %d) since %s", h.Command, h.User, h.Host, h.PID, h.Since.UTC().Format(time.RFC3339))
}

// LockedError means that another process owns the state.
type LockedError struct {
	Dir    string
	Holder Holder // zero if it did not say
}

// Error names the holder.
func (e *LockedError) Error() string {
	return fmt.Sprintf("the state in %s is held by %s", e.Dir, e.Holder)
}

// writeHolder tells others who holds the state. The lock itself is the operating system's, on the
// database: it goes with the process, and a holder file that outlives one deceives nobody.
func writeHolder(dir string, holder Holder) error {
	data, err := json.Marshal(holder)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(dir, holderFile), data)
}

func readHolder(dir string) Holder {
	var holder Holder
	data, err := os.ReadFile(filepath.Join(dir, holderFile))
	if err != nil || json.Unmarshal(data, &holder) != nil {
		return Holder{}
	}
	return holder
}

func removeHolder(dir string) { _ = os.Remove(filepath.Join(dir, holderFile)) }
