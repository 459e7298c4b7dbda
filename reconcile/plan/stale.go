package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Side is where something moved.
type Side string

// The sides.
const (
	OnPeer Side = "peer" // the peer has another value
	InGit  Side = "git"  // Git wants another value
)

// Shift is one thing about an item that is not as it was when a plan was saved: a value, or what Text says.
// A secret shows neither value.
type Shift struct {
	Path   []string `json:"path,omitempty"`
	Side   Side     `json:"side,omitempty"`
	Was    any      `json:"was,omitempty"`
	Now    any      `json:"now,omitempty"`
	Secret bool     `json:"secret,omitempty"`
	Text   string   `json:"text,omitempty"`
}

// Shifts compares a change as it was saved with the one that a plan made now has for the same item. There
// are none exactly if carrying out the new one is what the old one said.
func Shifts(saved, now Change, was, is Seals) []Shift {
	if saved.Action != now.Action {
		return []Shift{{Text: fmt.Sprintf("the plan was to %s it, and now it would be to %s it (%s)", saved.Action, now.Action, now.Reason)}}
	}
	shifts := secretShifts(was, is)
	shifts = append(shifts, fieldShifts(others(saved.Fields, shifts), others(now.Fields, shifts))...)
	if now.Held && !saved.Held {
		shifts = append(shifts, Shift{Text: "it is held now: " + now.waiting()})
	}
	switch {
	case len(shifts) > 0:
	case saved.Reason != now.Reason:
		shifts = append(shifts, Shift{Text: fmt.Sprintf("it was %s, and is %s now", saved.Reason, now.Reason)})
	case was.Body != is.Body:
		shifts = append(shifts, Shift{Text: "Git wants another value in a field in which the peer has that value already"})
	}
	return shifts
}

// waiting says what a held change waits for.
func (c Change) waiting() string {
	if all := c.Obstacles(); len(all) > 0 {
		return all[0]
	}
	return "it needs a consent (" + string(c.Holds[0].Why) + ") that the plan was made without"
}

func secretShifts(was, is Seals) []Shift {
	var shifts []Shift
	pointers := maps.Clone(was.Secrets)
	if pointers == nil {
		pointers = map[string]string{}
	}
	maps.Copy(pointers, is.Secrets)
	for _, pointer := range slices.Sorted(maps.Keys(pointers)) {
		if was.Secrets[pointer] != is.Secrets[pointer] {
			shifts = append(shifts, Shift{Path: schema.SplitPointer(pointer), Secret: true, Side: InGit})
		}
	}
	return shifts
}

// others are the fields of which nothing has been said.
func others(fields []Field, said []Shift) []Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f Field) bool {
		return slices.ContainsFunc(said, func(s Shift) bool { return slices.Equal(s.Path, f.Path) })
	})
}

func fieldShifts(saved, now []Field) []Shift {
	var shifts []Shift
	old := map[string]Field{}
	for _, f := range saved {
		old[pointer(f.Path)] = f
	}
	for _, f := range now {
		before, both := old[pointer(f.Path)]
		delete(old, pointer(f.Path))
		if !both {
			shifts = append(shifts, Shift{Path: f.Path, Text: "it is to change now, and was not"})
			continue
		}
		if !exactly(before.Old, f.Old) {
			shifts = append(shifts, Shift{Path: f.Path, Side: OnPeer, Was: before.Old, Now: f.Old})
		}
		if !exactly(before.New, f.New) {
			shifts = append(shifts, Shift{Path: f.Path, Side: InGit, Was: before.New, Now: f.New})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		shifts = append(shifts, Shift{Path: old[name].Path, Text: "it was to change, and is not now"})
	}
	return shifts
}
