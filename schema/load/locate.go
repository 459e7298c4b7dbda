package load

import (
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/gitops-reconciler/reconciler/schema"
)

// locate finds where the user wrote what path leads to, or as much of it as they wrote. It reads the
// syntax, not the value: an evaluated value knows mostly the lines of the schema.
func (p pkg) locate(path []string) schema.Position {
	var best match
	for _, file := range p.files {
		best = best.better(inDecls(file.Decls, path))
	}
	if best.depth == 0 {
		return p.first()
	}
	return position(best.pos)
}

// match is a place that agrees with the first depth labels of a path; exact counts those that were
// written out, not matched by a pattern such as [_].
type match struct {
	depth, exact int
	pos          token.Pos
}

func (m match) better(other match) match {
	if other.depth > m.depth || other.depth == m.depth && other.exact > m.exact {
		return other
	}
	return m
}

func inDecls(decls []ast.Decl, path []string) match {
	var best match
	if len(path) == 0 {
		return best
	}
	for _, decl := range decls {
		switch decl := decl.(type) {
		case *ast.Field:
			best = best.better(inField(decl, path))
		case *ast.EmbedDecl:
			best = best.better(inExpr(decl.Expr, path))
		case *ast.Comprehension:
			best = best.better(inExpr(decl.Value, path))
		}
	}
	return best
}

func inField(field *ast.Field, path []string) match {
	name, _, err := ast.LabelName(field.Label)
	literal := err == nil
	if literal && name != path[0] {
		return match{}
	}
	here := match{depth: 1, pos: field.Label.Pos()}
	if len(path) == 1 {
		here.pos = field.Value.Pos()
	}
	if below := inExpr(field.Value, path[1:]); below.depth > 0 {
		here = match{depth: below.depth + 1, exact: below.exact, pos: below.pos}
	}
	if literal {
		here.exact++
	}
	return here
}

func inExpr(expr ast.Node, path []string) match {
	switch expr := expr.(type) {
	case *ast.StructLit:
		return inDecls(expr.Elts, path)
	case *ast.ParenExpr:
		return inExpr(expr.X, path)
	case *ast.BinaryExpr:
		return inExpr(expr.X, path).better(inExpr(expr.Y, path))
	default:
		return match{}
	}
}
