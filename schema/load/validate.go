package load

import (
	"iter"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/errors"
)

func (p pkg) cluster() cue.Value { return p.value.LookupPath(cue.ParsePath("cluster")) }

// validate asks for what `cue vet -c` asks for. A wrong value keeps CUE from saying what is missing
// elsewhere, so then each peer, group and item is asked by itself as well. What it finds is kept in a slice
// of our own: errors.Append looks through all there are for each that comes.
func (p pkg) validate() []errors.Error {
	all := errors.Errors(valid(p.value))
	if len(all) == 0 {
		// A product is a definition, which need not be complete by itself; that of a cluster must be.
		if product := p.cluster().LookupPath(cue.ParsePath("#provider")); product.Exists() {
			return errors.Errors(valid(product))
		}
		return nil
	}
	parts := append(below(p.cluster(), "peers"), below(p.cluster(), "groups")...)
	for _, kind := range below(p.cluster(), "items") {
		parts = append(parts, below(kind, "")...)
	}
	for _, part := range parts {
		all = append(all, errors.Errors(valid(part))...)
	}
	return all
}

func valid(value cue.Value) error {
	return value.Validate(cue.Concrete(true), cue.Definitions(true), cue.Hidden(true), cue.Attributes(true))
}

// below are the values of the fields of one part of a value.
func below(value cue.Value, part string) []cue.Value {
	if part != "" {
		value = value.LookupPath(cue.ParsePath(part))
	}
	var all []cue.Value
	for _, field := range named(value) {
		all = append(all, field)
	}
	return all
}

// named are the fields of a value, of which an error has none.
func named(value cue.Value) iter.Seq2[string, cue.Value] {
	return func(yield func(string, cue.Value) bool) {
		fields, err := value.Fields()
		for err == nil && fields.Next() && yield(fields.Selector().Unquoted(), fields.Value()) {
		}
	}
}
