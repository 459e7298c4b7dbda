package schema

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Role is a responsibility that must be held by so many peers and no more.
type Role struct {
	Note       string               `json:"note,omitempty"`
	Candidates []string             `json:"candidates,omitempty"` // serials, in order of rank; none: every electable peer
	Group      string               `json:"group,omitempty"`      // only peers of this group
	With       string               `json:"with,omitempty"`       // held wherever that role is held
	Holders    Holders              `json:"holders"`
	Seats      []string             `json:"seats,omitempty"` // what the places are called; the last is for all the rest
	Backups    string               `json:"backups"`         // "each" or "last"
	Within     string               `json:"within"`          // "cluster" or "group"
	Failover   bool                 `json:"failover"`
	Failback   bool                 `json:"failback"`
	First      string               `json:"first"`  // "rank" or "arrival"
	Wait       string               `json:"wait"`   // a duration beyond the verdict DEAD
	Settle     string               `json:"settle"` // a duration between two unplanned moves
	Work       string               `json:"work"`   // "drain" or "stop": what becomes of work in flight
	StopWithin string               `json:"stopWithin"`
	Fencing    string               `json:"fencing"`
	Fence      string               `json:"fence,omitempty"` // a hook
	StoreLost  string               `json:"storeLost"`
	Runs       map[string]Selection `json:"runs,omitempty"` // by kind
	Spread     bool                 `json:"spread"`
}

// Holders is how many peers hold a role: a number, or as many as there are productions, or all.
type Holders struct {
	Count int    // 0 if Named says it
	Named string // "productions", "all" or ""
}

// UnmarshalJSON reads a number or a word.
func (h *Holders) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &h.Count) == nil {
		return nil
	}
	return json.Unmarshal(data, &h.Named)
}

// MarshalJSON writes what UnmarshalJSON reads.
func (h Holders) MarshalJSON() ([]byte, error) {
	if h.Named != "" {
		return json.Marshal(h.Named)
	}
	return json.Marshal(h.Count)
}

// Selection names items of a kind: all of them, or those with these ids.
type Selection struct {
	All bool
	IDs []string
}

// UnmarshalJSON reads "all" or a list.
func (s *Selection) UnmarshalJSON(data []byte) error {
	if string(data) == `"all"` {
		s.All = true
		return nil
	}
	if err := json.Unmarshal(data, &s.IDs); err != nil {
		return fmt.Errorf(`want "all" or a list of ids: %w`, err)
	}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (s Selection) MarshalJSON() ([]byte, error) {
	if s.All {
		return json.Marshal("all")
	}
	return json.Marshal(s.IDs)
}

// Names tells whether an id is selected. In a listed id * stands for any characters.
func (s Selection) Names(id string) bool {
	return s.All || slices.ContainsFunc(s.IDs, func(pattern string) bool { return glob(pattern, id) })
}

// Both returns in words what two selections of one kind have in common, or "".
func (s Selection) Both(other Selection) string {
	switch {
	case s.All && other.All:
		return "everything"
	case s.All && len(other.IDs) > 0:
		return strconv.Quote(other.IDs[0])
	case other.All && len(s.IDs) > 0:
		return strconv.Quote(s.IDs[0])
	}
	for _, id := range s.IDs {
		if slices.Contains(other.IDs, id) {
			return strconv.Quote(id)
		}
	}
	return ""
}

// glob matches with * for any characters, also none.
func glob(pattern, text string) bool {
	head, rest, found := strings.Cut(pattern, "*")
	if !found {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, head)
	for ok {
		middle, next, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(text, rest)
		}
		_, text, ok = strings.Cut(text, middle)
		rest = next
	}
	return false
}
