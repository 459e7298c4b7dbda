package load

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"cuelang.org/go/cue"
)

// list is the schema of a list: elements at their places, then any number of one sort.
func (e *exporter) list(v cue.Value) keywords {
	var first []any
	for i := 0; v.LookupPath(cue.MakePath(cue.Index(i))).Exists(); i++ {
		first = append(first, e.value(v.LookupPath(cue.MakePath(cue.Index(i)))))
	}
	s := keywords{"type": "array"}
	rest := v.LookupPath(cue.MakePath(cue.AnyIndex))
	open := rest.Exists()
	if open {
		s["items"] = e.value(rest)
	}
	alike := !slices.ContainsFunc(first, func(at any) bool { return !reflect.DeepEqual(at, s["items"]) })
	if !alike {
		s["prefixItems"] = first
	}
	if len(first) > 0 {
		s["minItems"] = len(first)
	}
	if !open {
		s["maxItems"] = len(first)
	}
	return s
}

// any is the schema of a disjunction: words in one list, and error() passed over, which never fits.
func (e *exporter) any(args []cue.Value) keywords {
	var words, others []any
	for _, arg := range args {
		if arg.IncompleteKind() == cue.BottomKind {
			continue
		}
		s := e.value(arg)
		switch {
		case s["const"] != nil:
			words = with(words, s["const"])
		case s["enum"] != nil:
			words = with(words, s["enum"].([]any)...)
		default:
			others = with(others, s)
		}
	}
	if len(words) == 1 {
		others = append([]any{keywords{"const": words[0]}}, others...)
	}
	if len(words) > 1 {
		others = append([]any{keywords{"enum": words}}, others...)
	}
	if len(others) == 1 {
		return others[0].(keywords)
	}
	return keywords{"anyOf": others}
}

func with(all []any, more ...any) []any {
	for _, one := range more {
		if !slices.ContainsFunc(all, func(there any) bool { return reflect.DeepEqual(there, one) }) {
			all = append(all, one)
		}
	}
	return all
}

// definition is the name of the definition that a value is a reference to, and nothing more; or "".
func definition(v cue.Value) string {
	_, at := v.ReferencePath()
	if labels := at.Selectors(); len(labels) == 1 && labels[0].IsDefinition() {
		return strings.TrimPrefix(labels[0].String(), "#")
	}
	return ""
}

func refers(v cue.Value) bool {
	root, _ := v.ReferencePath()
	return root.Exists()
}

// refer describes a definition once. Where two packages have one of the same name, the second is written
// out where it is used.
func (e *exporter) refer(name string, v cue.Value) keywords {
	root, _ := v.ReferencePath()
	from := root.BuildInstance().ID()
	if e.from[name] == from {
		return keywords{"$ref": "#/$defs/" + name}
	}
	of := cue.Dereference(v)
	said := e.value(of)
	if text := comment(of); text != "" {
		said["description"] = text
	}
	if e.from[name] != "" {
		return said
	}
	e.from[name], e.defs[name] = from, said
	return keywords{"$ref": "#/$defs/" + name}
}

// both demands what two schemas demand.
func both(a, b keywords) keywords {
	joined := maps.Clone(a)
	for name, value := range b {
		if there, ok := joined[name]; ok && !reflect.DeepEqual(there, value) {
			return keywords{"allOf": []any{a, b}}
		}
		joined[name] = value
	}
	return joined
}

func bounded(s keywords) bool {
	for _, bound := range bounds() {
		if s[bound] != nil {
			return true
		}
	}
	return false
}
