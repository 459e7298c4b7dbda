package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"

	"github.com/gitops-reconciler/reconciler/schema"
)

// What people wrote is changed literal by literal: the bytes of one are replaced, a field is put into the
// struct that the others stand in, and everything else (comments, order, layout) stays as it is. Nothing is
// evaluated: whether what comes out says what it shall is for the caller to find out, by Load.

// Wish is something that files shall say of an item.
type Wish struct {
	schema.Key
	Scopes [][]string `json:"scopes"`          // where it may be said, as paths of a cluster, the narrowest first; if there is but one, the wish is granted there whatever is written
	Path   []string   `json:"path,omitempty"`  // below the item's body; none: the whole item
	Value  any        `json:"value,omitempty"` // nil: null
	Gone   bool       `json:"gone,omitempty"`  // it shall not be said at all
}

// Splice is what becomes of wishes.
type Splice struct {
	Package string            `json:"package"` // of the cluster's files
	Files   map[string][]byte `json:"files"`   // those that change, as they shall be
	Wishes  []Spliced         `json:"wishes"`  // what became of each, in their order
}

// Spliced is what became of one wish.
type Spliced struct {
	Scope   []string        `json:"scope,omitempty"`   // where it is said
	At      schema.Position `json:"at,omitzero"`       // where that was written, before
	Refused string          `json:"refused,omitempty"` // why it is not said
}

// Splice changes files as little as it takes to say what is wished. It reads them in a child, as Load does.
func (c Child) Splice(ctx context.Context, in Input, wishes []Wish) (Splice, error) {
	data, err := json.Marshal(wishes)
	if err != nil {
		return Splice{}, fmt.Errorf("change files: %w", err)
	}
	in.Splice = data
	result, err := c.Load(ctx, in)
	switch {
	case err != nil:
		return Splice{}, err
	case result.Splice == nil && len(result.Problems) > 0:
		return Splice{}, errors.New(result.Problems[0].String())
	case result.Splice == nil:
		return Splice{}, errors.New("change files: the child's answer has none")
	}
	return *result.Splice, nil
}

// spliceAll is Load where files are to be changed.
func spliceAll(in Input) Result {
	var wishes []Wish
	if err := json.Unmarshal(in.Splice, &wishes); err != nil {
		return failed([]schema.Problem{{Rule: "schema", Message: "change files: " + err.Error()}})
	}
	e := newEditor(in)
	for _, wish := range wishes {
		e.result.Wishes = append(e.result.Wishes, e.grant(wish))
	}
	return Result{Splice: &e.result}
}

// UnmarshalJSON keeps whole numbers exact.
func (w *Wish) UnmarshalJSON(data []byte) error {
	type plain Wish
	var text struct {
		*plain
		Value anything `json:"value"`
	}
	text.plain = (*plain)(w)
	err := json.Unmarshal(data, &text)
	w.Value = text.Value.value
	return err
}

// editor changes the files of a cluster, one wish after another.
type editor struct {
	dir    string
	texts  map[string][]byte // by name, as they are now
	parsed map[string]*ast.File
	gone   map[string]bool // paths that were taken away
	result Splice
}

// newEditor takes the files of a cluster's package: those in its folder, and those above it.
func newEditor(in Input) *editor {
	e := &editor{dir: path.Clean(in.Dir), texts: map[string][]byte{}, parsed: map[string]*ast.File{}, gone: map[string]bool{}, result: Splice{Files: map[string][]byte{}}}
	for name, text := range in.Files {
		above := path.Dir(name) == "." || strings.HasPrefix(e.dir+"/", path.Dir(name)+"/")
		if above && taken(path.Base(name)) {
			e.texts[name] = text
			e.parse(name)
		}
	}
	for name, file := range e.parsed {
		if path.Dir(name) == e.dir && file.PackageName() != "" {
			e.result.Package = file.PackageName()
		}
	}
	for name, file := range e.parsed {
		if file.PackageName() != e.result.Package {
			delete(e.parsed, name)
		}
	}
	return e
}

func (e *editor) parse(name string) {
	if file, err := parser.ParseFile(name, e.texts[name]); err == nil { // it was evaluated before
		e.parsed[name] = file
	}
}

func (e *editor) names() []string {
	var names []string
	for name := range e.parsed {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// change replaces part of a file. A file that was as `cue fmt` leaves one still is.
func (e *editor) change(name string, from, to int, text string) {
	before := e.texts[name]
	after := slices.Concat(before[:from], []byte(text), before[to:])
	if formatted, err := formatText(before); err == nil && string(formatted) == string(before) {
		if formatted, err = formatText(after); err == nil {
			after = formatted
		}
	}
	e.texts[name], e.result.Files[name] = after, after
	e.parse(name)
}
