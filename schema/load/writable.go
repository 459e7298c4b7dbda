package load

import (
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue"

	"github.com/gitops-reconciler/reconciler/schema"
)

// writable says of each kind which fields people may write, as pointers: what a server shows beside them
// can be neither kept nor put back. A kind whose bodies are open, or nest without end, has none that are
// known.
func writable(provider cue.Value, kinds map[string]schema.Kind) {
	for name, kind := range kinds {
		body := provider.LookupPath(cue.MakePath(cue.Str("kinds"), cue.Str(name), cue.Def("#body")))
		if body.Allows(cue.AnyString) {
			continue
		}
		found := map[string]bool{}
		leaves(body, "", found, 0)
		kind.Fields = slices.Sorted(maps.Keys(found))
		kinds[name] = kind
	}
}

// deepest keeps a schema that contains itself from being followed for ever.
const deepest = 12

// leaves notes the leaves of a schema: a value, a list of values, or an object that takes any key.
func leaves(value cue.Value, at string, found map[string]bool, depth int) {
	fields := fieldsOf(value)
	elements := value.LookupPath(cue.MakePath(cue.AnyIndex))
	switch {
	case depth == deepest || anyKey(value) && at != "":
		found[at] = true
	case len(fields) > 0:
		for _, f := range fields {
			below := value.LookupPath(cue.MakePath(cue.Str(f.name).Optional()))
			leaves(below, at+"/"+pointerStep(f.name), found, depth+1)
		}
	case len(fieldsOf(elements)) > 0:
		leaves(elements, at+"/*", found, depth+1)
	case at != "":
		found[at] = true
	}
}

// anyKey tells whether an object takes keys that its schema does not name.
func anyKey(value cue.Value) bool { return value.Allows(cue.AnyString) || patterned(value) }

// patterned tells whether an object, or one of the alternatives that it is of, takes the keys of a pattern.
func patterned(value cue.Value) bool {
	if value.IncompleteKind() != cue.StructKind { // a list has a pattern for its elements
		return false
	}
	fields, err := value.Fields(cue.Optional(true), cue.Patterns(true))
	for err == nil && fields.Next() {
		if fields.Selector().ConstraintType() == cue.PatternConstraint {
			return true
		}
	}
	op, parts := value.Expr()
	return (op == cue.OrOp || op == cue.AndOp) && slices.ContainsFunc(parts, patterned)
}

// pointerStep is a name as a step of a pointer.
func pointerStep(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}
