package load

import (
	"regexp"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"
)

// nameOf is the name that a label writes out.
func nameOf(label ast.Label) (string, bool) {
	switch label := label.(type) {
	case *ast.Alias:
		aliased, ok := label.Expr.(ast.Label)
		if !ok {
			return "", false
		}
		return nameOf(aliased)
	case *ast.Ident:
		return label.Name, true
	case *ast.BasicLit:
		if text, err := literal.Unquote(label.Value); err == nil {
			return text, true
		}
		return label.Value, true
	}
	return "", false
}

// fitting is how a label in the syntax agrees with a name.
type fitting int

const (
	no      fitting = iota
	unknown         // it is computed: it may be this name or another
	pattern         // it holds for this name and others
	written         // it is this name
)

// fit tells how a label that writes no name out agrees with one.
func fit(label ast.Label, name string) fitting {
	if list, ok := label.(*ast.ListLit); ok && len(list.Elts) == 1 {
		return fitPattern(list.Elts[0], name)
	}
	return unknown
}

// fitPattern understands [_], [string], [=~"..."], [!~"..."] and ["..."], each with or without an alias.
func fitPattern(expr ast.Expr, name string) fitting {
	switch expr := expr.(type) {
	case *ast.Alias:
		return fitPattern(expr.Expr, name)
	case *ast.Ident:
		if expr.Name == "_" || expr.Name == "string" {
			return pattern
		}
	case *ast.BasicLit:
		if text, err := literal.Unquote(expr.Value); err == nil && text != name {
			return no
		}
		return pattern
	case *ast.UnaryExpr:
		return fitRegexp(expr, name)
	}
	return unknown
}

func fitRegexp(expr *ast.UnaryExpr, name string) fitting {
	lit, ok := expr.X.(*ast.BasicLit)
	if !ok || expr.Op != token.MAT && expr.Op != token.NMAT {
		return unknown
	}
	text, err := literal.Unquote(lit.Value)
	if err != nil {
		return unknown
	}
	re, err := regexp.Compile(text)
	switch {
	case err != nil:
		return unknown
	case re.MatchString(name) == (expr.Op == token.MAT):
		return pattern
	}
	return no
}
