package load

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
)

// vocabulary knows what may stand at the places of a cluster. A look at the schema is dear, and many
// problems are about one place: a field of ten thousand items is one. So each place is looked at once.
type vocabulary struct {
	cluster cue.Value
	places  map[string]*placed
	secrets map[string][][]string // by kind, the paths of its fields that hold references to secrets
	looks   int                   // at the schema, for tests
}

// newVocabulary is that of an instance: of the clusters of the product that its cluster is of.
func newVocabulary(ctx *cue.Context, instance *build.Instance, cluster cue.Value) *vocabulary {
	product := cue.MakePath(cue.Def("#provider"))
	for _, dependency := range instance.Dependencies() {
		if dependency.ImportPath != modulePath+"/schema" {
			continue
		}
		some := ctx.BuildInstance(dependency).LookupPath(cue.MakePath(cue.Def("#Cluster")))
		if provider := cluster.LookupPath(product); provider.Exists() {
			some = some.FillPath(product, provider)
		}
		return &vocabulary{cluster: some}
	}
	return &vocabulary{cluster: cluster}
}

// placed is what the schema has at a place.
type placed struct {
	value   cue.Value
	fields  []field           // made when first needed
	known   bool              // they are made
	form    *string           // what a value must be here, in words; likewise
	instead map[string]advice // by the names that are not there
}

// field is one that may stand in a struct.
type field struct {
	name     string
	required bool
}

// at is what the schema has where a path leads to, the path beginning with "cluster". That which it
// does not have does not exist.
func (v *vocabulary) at(path []string) *placed {
	if v == nil || len(path) == 0 || path[0] != "cluster" {
		return &placed{}
	}
	here := v.remember("", func() cue.Value { return v.cluster })
	steps := general(path[1:])
	for i, step := range steps {
		key := strings.Join(steps[:i+1], "\x00")
		here = v.remember(key, func() cue.Value { return inside(here.value, step) })
	}
	return here
}

func (v *vocabulary) remember(key string, look func() cue.Value) *placed {
	if v.places == nil {
		v.places = map[string]*placed{}
	}
	if v.places[key] == nil {
		v.looks++
		v.places[key] = &placed{value: look()}
	}
	return v.places[key]
}

// anyName stands for names that people chose, all of which mean the same to the schema.
const anyName = "x"

// general is a path below the cluster with the names that people chose left out. An item leads to the body
// of its kind, in whatever scope it stands.
func general(path []string) []string {
	scoped := len(path) > 2 && (path[0] == "peers" || path[0] == "groups") && path[2] == "items"
	items := path
	if scoped {
		items = path[2:]
	}
	if len(items) > 2 && items[0] == "items" {
		return append([]string{"#provider", "kinds", items[1], "#body"}, items[3:]...)
	}
	steps := slices.Clone(path)
	if named := []string{"peers", "groups", "roles", "windows", "hooks", "notify", "active"}; len(steps) > 1 && slices.Contains(named, steps[0]) {
		steps[1] = anyName
	}
	return steps
}

// inside is what a schema has under one label, be it that of a field, or an index of a list.
func inside(value cue.Value, label string) cue.Value {
	_, err := strconv.Atoi(label)
	switch {
	case strings.HasPrefix(label, "#") && ast.IsValidIdent(label):
		return value.LookupPath(cue.MakePath(cue.Def(label)))
	case err == nil && value.IncompleteKind() == cue.ListKind:
		return value.LookupPath(cue.MakePath(cue.AnyIndex))
	}
	return value.LookupPath(cue.MakePath(cue.Str(label).Optional()))
}

// allowed are the names of the fields that may stand here, the required ones first.
func (p *placed) allowed() []field {
	if p.known {
		return p.fields
	}
	p.known = true
	p.fields = fieldsOf(p.value)
	slices.SortFunc(p.fields, func(a, b field) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), strings.Compare(a.name, b.name))
	})
	p.fields = slices.CompactFunc(p.fields, func(a, b field) bool { return a.name == b.name })
	return p.fields
}

func (f field) rank() int {
	if f.required {
		return 0
	}
	return 1
}

// fieldsOf reads a schema's fields; of alternatives those of all, none of which is required. What people wrote there that it does not
// have is none of them.
func fieldsOf(value cue.Value) []field {
	var all []field
	if !value.Exists() {
		return nil
	}
	if op, choices := value.Expr(); op == cue.OrOp {
		for _, choice := range choices {
			for _, f := range fieldsOf(choice) {
				all = append(all, field{f.name, false})
			}
		}
		return all
	}
	fields, err := value.Fields(cue.Optional(true))
	for err == nil && fields.Next() {
		if name := fields.Selector(); name.IsString() && value.Allows(cue.Str(name.Unquoted())) {
			all = append(all, field{name.Unquoted(), fields.FieldType().ConstraintType() == cue.RequiredConstraint})
		}
	}
	return all
}

// has tells whether a field may stand here.
func (p *placed) has(name string) bool { return p.value.Allows(cue.Str(name)) }
