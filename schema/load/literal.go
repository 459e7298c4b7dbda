package load

import (
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"
)

// plainField is a field with a label that is written out and visible, and nothing that changes its
// meaning: no ? and no !, no attribute, no alias.
func plainField(decl ast.Decl) (name string, value ast.Expr, ok bool) {
	field, isField := decl.(*ast.Field)
	if !isField || field.Constraint != token.ILLEGAL || len(field.Attrs) > 0 || field.Alias != nil {
		return "", nil, false
	}
	switch label := field.Label.(type) {
	case *ast.Ident:
		plain := label.Name != "" && !strings.ContainsAny(label.Name[:1], "_#")
		return label.Name, field.Value, plain
	case *ast.BasicLit:
		text, err := literal.Unquote(label.Value)
		return text, field.Value, err == nil && label.Kind == token.STRING
	}
	return "", nil, false
}

// isLiteral tells whether an expression is a value as it stands: it refers to nothing, and holds nothing
// that must be computed.
func isLiteral(expr ast.Expr) bool {
	switch expr := expr.(type) {
	case *ast.BasicLit:
		return true
	case *ast.UnaryExpr:
		number, ok := expr.X.(*ast.BasicLit)
		return ok && expr.Op == token.SUB && (number.Kind == token.INT || number.Kind == token.FLOAT)
	case *ast.ListLit:
		return all(expr.Elts, isLiteral)
	case *ast.StructLit:
		return all(expr.Elts, func(decl ast.Decl) bool {
			_, value, ok := plainField(decl)
			return ok && isLiteral(value)
		})
	}
	return false
}

func all[T any](list []T, is func(T) bool) bool {
	for _, element := range list {
		if !is(element) {
			return false
		}
	}
	return true
}
