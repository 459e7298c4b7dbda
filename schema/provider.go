package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Provider is a product's definition: its classes, its kinds, and (in words that only the engine
// reads) how to call it.
type Provider struct {
	Name    string           `json:"name"`
	Port    Ports            `json:"port"`
	Path    string           `json:"path,omitempty"` // of the admin API, for addresses that name none
	Classes map[string]Class `json:"classes"`
	Kinds   map[string]Kind  `json:"kinds"`
	Kept    Kept             `json:"kept,omitzero"`
	API     json.RawMessage  `json:"api,omitempty"` // empty: the product can be described, and not yet called
}

// Leases tells whether the product runs the node's half of leases itself.
func (p Provider) Leases() bool {
	var api struct {
		Leases json.RawMessage `json:"leases"`
	}
	return json.Unmarshal(p.API, &api) == nil && len(api.Leases) > 0
}

// Ports are those of the admin API, for addresses that name none.
type Ports struct {
	HTTP  int `json:"http"`
	HTTPS int `json:"https"`
}

// Kept is what cannot change in one step while peers stay.
type Kept struct {
	Transport bool     `json:"transport,omitempty"`
	Roles     []string `json:"roles,omitempty"` // whose holder other peers follow by its name
}

// Class is the unit of sharing.
type Class struct {
	Note  string   `json:"note,omitempty"`
	Needs []string `json:"needs,omitempty"` // classes without which it may not be shared

	Single bool `json:"single,omitempty"` // two productions may not share it
	Backup bool `json:"backup,omitempty"` // a backup must share it
}

// Kind is a product's own type of object, and what makes two bodies of it equal.
type Kind struct {
	Class        string            `json:"class"`
	IDs          *IDs              `json:"ids,omitempty"`
	After        []string          `json:"after,omitempty"`      // kinds it needs, beside those it refers to
	Refs         map[string]string `json:"refs,omitempty"`       // pointer to the id of another item: that item's kind
	Secrets      []string          `json:"secrets,omitempty"`    // pointers to references to secrets
	Sets         map[string]string `json:"sets,omitempty"`       // pointer to a list without order: key of its elements
	Exact        []string          `json:"exact,omitempty"`      // those of the secrets that the server shows
	Ignore       []string          `json:"ignore,omitempty"`     // pointers to what the server owns
	Crons        []string          `json:"crons,omitempty"`      // pointers to calendars
	Atomic       []string          `json:"atomic,omitempty"`     // pointers to objects that are compared whole
	Normalised   []string          `json:"normalised,omitempty"` // pointers to fields that the server writes in its own way
	Immutable    []string          `json:"immutable,omitempty"`  // pointers to fields that cannot be changed, only made anew
	Unique       []string          `json:"unique,omitempty"`     // pointers to fields that no two items may have the same in
	ZeroIsAbsent bool              `json:"zeroIsAbsent,omitempty"`
	ZeroMatters  []string          `json:"zeroMatters,omitempty"` // pointers to fields whose zero is not absent all the same
	Permanent    bool              `json:"permanent,omitempty"`   // its items can be neither made nor deleted
	Uniform      any               `json:"uniform,omitempty"`     // true or "group": no changes further down
	Lever        *Lever            `json:"lever,omitempty"`       // how a role switches an item on and off
	API          json.RawMessage   `json:"api,omitempty"`

	Fields []string `json:"fields,omitempty"` // pointers to what may be written, "*" for every element; none: not known
}

// IDs are what ids look like.
type IDs struct {
	Match string `json:"match"` // a regular expression (RE2)
	Want  string `json:"want"`  // the same in words
}

// Levels returns the kinds in the order in which they are created: every kind stands in a later level
// than those it comes after or refers to, and each level is sorted by name. It fails on a circle, naming
// its kinds.
func (p Provider) Levels() ([][]string, error) {
	left := maps.Clone(p.Kinds)
	var levels [][]string
	for len(left) > 0 {
		var level []string
		for name, kind := range left {
			if !slices.ContainsFunc(kind.needs(), func(a string) bool { return has(left, a) }) {
				level = append(level, name)
			}
		}
		if level == nil {
			return nil, fmt.Errorf("kinds come after each other in a circle: %s", strings.Join(circle(left), ", "))
		}
		slices.Sort(level)
		levels = append(levels, level)
		for _, name := range level {
			delete(left, name)
		}
	}
	return levels, nil
}

// circle leaves out the kinds that only come after a circle and are not in one.
func circle(kinds map[string]Kind) []string {
	for name := range kinds {
		needed := func(k Kind) bool { return slices.Contains(k.needs(), name) }
		if !slices.ContainsFunc(slices.Collect(maps.Values(kinds)), needed) {
			delete(kinds, name)
			return circle(kinds)
		}
	}
	return slices.Sorted(maps.Keys(kinds))
}

func has[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}
