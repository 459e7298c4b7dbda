package load

import (
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
)

// conjuncts are what a value is made of by &, without those that say nothing, as in `#Limit & (*"30%" | _)`.
func conjuncts(v cue.Value) []cue.Value {
	op, args := v.Expr()
	if op != cue.AndOp {
		return []cue.Value{v}
	}
	var parts []cue.Value
	for _, arg := range args {
		if arg.IncompleteKind() != cue.TopKind {
			parts = append(parts, conjuncts(arg)...)
		}
	}
	return parts
}

// undefaulted is a value without a default that is one of what else it may be, as in *-1 | (int & >=-1);
// CUE leaves that one out of the disjunction, which may then be none.
func undefaulted(v cue.Value) cue.Value {
	op, args := v.Expr()
	if op == cue.NoOp && v.Kind() == cue.BottomKind && len(args) == 1 {
		return args[0]
	}
	return v
}

// defaultOf is the default of a value that is marked with one; CUE takes [] for that of any list.
func defaultOf(v cue.Value) (any, bool) {
	if _, fixed := scalar(v); fixed || !marked(v) {
		return nil, false
	}
	d, ok := v.Default()
	var data any
	if !ok || decodePart(d, &data) != nil {
		return nil, false
	}
	return data, true
}

func marked(v cue.Value) bool {
	switch op, args := v.Expr(); op {
	case cue.AndOp:
		return slices.ContainsFunc(args, marked)
	case cue.OrOp:
		return true
	default:
		_, ok := v.Default()
		return ok && v.Kind() == cue.BottomKind
	}
}

// scalar is a value that is given.
func scalar(v cue.Value) (data any, ok bool) {
	if v.Kind()&(cue.StringKind|cue.NumberKind|cue.BoolKind) == 0 {
		return nil, false
	}
	return data, decodePart(v, &data) == nil
}

// part is the schema of one conjunct.
func (e *exporter) part(v cue.Value) keywords {
	if name := definition(v); name != "" {
		return e.refer(name, v)
	}
	if to := cue.Dereference(v); refers(v) && !refers(to) {
		return e.value(to)
	}
	op, args := v.Expr()
	switch op {
	case cue.OrOp:
		return e.any(args)
	case cue.RegexMatchOp:
		return keywords{"type": "string", "pattern": operand(args)}
	case cue.NotRegexMatchOp:
		return keywords{"type": "string", "not": keywords{"pattern": operand(args)}}
	case cue.NotEqualOp:
		return keywords{"not": keywords{"const": operand(args)}}
	default:
		if bound := bounds()[op]; bound != "" {
			return keywords{bound: operand(args)}
		}
		return e.plain(v, op)
	}
}

// bounds are the operators that limit a number.
func bounds() map[cue.Op]string {
	return map[cue.Op]string{
		cue.LessThanOp: "exclusiveMaximum", cue.LessThanEqualOp: "maximum",
		cue.GreaterThanOp: "exclusiveMinimum", cue.GreaterThanEqualOp: "minimum",
	}
}

func operand(args []cue.Value) (data any) {
	_ = decodePart(args[0], &data) // the module is our own, and has only literals there
	return data
}

// plain is the schema of what is no operation on values. What a call computes may depend on other fields,
// so only its type is known.
func (e *exporter) plain(v cue.Value, op cue.Op) keywords {
	if strings.HasPrefix(fmt.Sprint(v), "list.UniqueItems") {
		return keywords{"type": "array", "uniqueItems": true}
	}
	kind := v.IncompleteKind()
	fixed, isFixed := scalar(v)
	switch {
	case isFixed:
		return keywords{"const": fixed}
	case kind == cue.StructKind:
		return e.object(v)
	case kind == cue.ListKind && op != cue.CallOp:
		return e.list(v)
	case kind == cue.BottomKind, kind == cue.TopKind:
		return keywords{}
	}
	return keywords{"type": typeOf(kind)}
}

// typeOf is one type, or a list of them.
func typeOf(kind cue.Kind) any {
	var types []string
	for _, known := range []struct {
		kind cue.Kind
		name string
	}{
		{cue.NullKind, "null"},
		{cue.BoolKind, "boolean"},
		{cue.StringKind, "string"},
		{cue.FloatKind, "number"},
		{cue.IntKind, "integer"},
		{cue.StructKind, "object"},
		{cue.ListKind, "array"},
	} {
		if kind&known.kind != 0 && (known.name != "integer" || kind&cue.FloatKind == 0) {
			types = append(types, known.name)
		}
	}
	if len(types) == 1 {
		return types[0]
	}
	return types
}
