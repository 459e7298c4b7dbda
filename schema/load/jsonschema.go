package load

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue"
)

// Products are the names of all products that have a vocabulary, sorted: those of Providers, and those
// that cannot be called yet.
func Products() []string {
	var names []string
	for name, data := range module() {
		if strings.HasPrefix(name, "providers/") && strings.Contains(string(data), "\n#Cluster: ") {
			names = append(names, path.Base(path.Dir(name)))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// JSONSchema describes what may stand under `cluster` of one product, as JSON Schema 2020-12, for editors
// and programs that do not know CUE. It refuses nothing that Load accepts. It is an error if there is no
// such product.
//
// CUE's own generator cannot be used: it knows neither defaults nor references into a definition, and
// takes a pattern with error() for anything.
func JSONSchema(product string) (any, error) {
	if !slices.Contains(Products(), product) {
		return nil, fmt.Errorf("there is no product %q; there are %s", product, strings.Join(Products(), ", "))
	}
	const text = "package cluster\n\nimport \"github.com/gitops-reconciler/reconciler/providers/%[1]s\"\n\ncluster: %[1]s.#Cluster\n"
	p, problems := buildPackage(Input{Dir: ".", Files: map[string][]byte{"cluster.cue": fmt.Appendf(nil, text, product)}})
	if problems != nil {
		return nil, fmt.Errorf("product %s: %s", product, problems[0])
	}
	e := exporter{defs: map[string]any{}, from: map[string]string{}}
	whole := e.object(p.cluster())
	e.scopes(p.cluster(), whole)
	whole["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	whole["title"] = "A cluster of " + product
	whole["description"] = "What may stand under `cluster` of " + product + ": fields, their types, ranges and defaults. " +
		"What must be true across a cluster (references, what may be there once, times that go together) is not in here: " +
		"`reconciler validate` checks it, and `reconciler rules` lists it."
	whole["$defs"] = e.defs
	return whole, nil
}

// exporter turns values of CUE into JSON Schema.
type exporter struct {
	defs map[string]any    // what definitions say that are referred to, by name
	from map[string]string // the packages that they are of
}

// schema is that of a field's value, with what stands above the field.
func (e *exporter) schema(v cue.Value) keywords {
	s := e.value(v)
	if text := comment(v); text != "" {
		s["description"] = text
	}
	if d, ok := defaultOf(v); ok {
		s["default"] = d
	}
	return s
}

func comment(v cue.Value) string {
	var texts []string
	for _, group := range v.Doc() {
		if text := strings.TrimSpace(group.Text()); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "\n\n")
}

// value is that of what conjuncts say together. A struct is looked at as a whole, since only the whole says
// which fields there are.
func (e *exporter) value(v cue.Value) keywords {
	if fixed, ok := scalar(v); ok {
		return keywords{"const": fixed}
	}
	v = undefaulted(v)
	parts := conjuncts(v)
	if len(parts) > 1 && slices.ContainsFunc(parts, isStruct) {
		return e.object(v)
	}
	all := keywords{}
	for _, part := range parts {
		all = both(all, e.part(part))
	}
	if _, typed := all["type"]; !typed && bounded(all) {
		all["type"] = "number"
	}
	return all
}

func isStruct(v cue.Value) bool { return v.IncompleteKind() == cue.StructKind }

// object is that of a struct.
func (e *exporter) object(v cue.Value) keywords {
	s := keywords{"type": "object"}
	fields, err := v.Fields(cue.Optional(true), cue.Patterns(true))
	if err != nil {
		return s
	}
	properties, required := map[string]any{}, []string{}
	for fields.Next() {
		label := fields.Selector()
		if label.ConstraintType() == cue.PatternConstraint {
			if names := e.value(label.Pattern()); names["pattern"] != nil || names["$ref"] != nil {
				s["propertyNames"] = names
			}
			s["additionalProperties"] = e.schema(fields.Value())
			continue
		}
		properties[label.Unquoted()] = e.schema(fields.Value())
		if label.ConstraintType() == cue.RequiredConstraint {
			required = append(required, label.Unquoted())
		}
	}
	if len(properties) > 0 {
		s["properties"] = properties
	}
	if len(required) > 0 {
		slices.Sort(required)
		s["required"] = required
	}
	if _, mapped := s["additionalProperties"]; !mapped && !v.Allows(cue.AnyString) {
		s["additionalProperties"] = false
	}
	return s
}
