package load

import (
	"slices"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/gitops-reconciler/reconciler/schema"
)

// spot is a place where files write what a path leads to.
type spot struct {
	file  string
	field *ast.Field
	in    *ast.StructLit // the struct that it stands in; nil: the file
}

func (s spot) position() schema.Position {
	pos := s.field.Value.Pos()
	return schema.Position{File: s.file, Line: pos.Line(), Column: pos.Column()}
}

// spots are all places where a path is written out, label by label, in the order of the files.
func (e *editor) spots(path []string) []spot {
	var all []spot
	for _, name := range e.names() {
		all = append(all, spotsIn(name, nil, e.parsed[name].Decls, path)...)
	}
	return all
}

func spotsIn(file string, in *ast.StructLit, decls []ast.Decl, path []string) []spot {
	var all []spot
	for _, decl := range decls {
		field, ok := decl.(*ast.Field)
		if !ok {
			continue
		}
		name, written := nameOf(field.Label)
		if !written || name != path[0] || field.Constraint != token.ILLEGAL {
			continue
		}
		if len(path) == 1 {
			all = append(all, spot{file, field, in})
			continue
		}
		for _, object := range structsOf(field.Value) {
			all = append(all, spotsIn(file, object, object.Elts, path[1:])...)
		}
	}
	return all
}

// structsOf are the structs that an expression writes out: itself, or those that are unified.
func structsOf(expr ast.Expr) []*ast.StructLit {
	switch expr := expr.(type) {
	case *ast.StructLit:
		return []*ast.StructLit{expr}
	case *ast.ParenExpr:
		return structsOf(expr.X)
	case *ast.BinaryExpr:
		if expr.Op == token.AND {
			return slices.Concat(structsOf(expr.X), structsOf(expr.Y))
		}
	}
	return nil
}

// pathIn is the path of a wish in a scope.
func (w Wish) pathIn(scope []string) []string {
	return slices.Concat(scope, []string{"items", w.Kind, w.ID}, w.Path)
}

// itemDepth is how much of such a path is the item.
func itemDepth(scope []string) int { return len(scope) + 3 }

// scope is where a wish is granted: where the leaf is written already; else where its item is.
func (e *editor) scope(w Wish) ([]string, bool) {
	for _, scope := range w.Scopes {
		if len(e.spots(w.pathIn(scope))) > 0 {
			return scope, true
		}
	}
	for _, scope := range w.Scopes {
		if len(e.spots(w.pathIn(scope)[:itemDepth(scope)])) > 0 {
			return scope, true
		}
	}
	return nil, false
}

// grant changes the files so that they say what is wished, or says why it cannot be.
func (e *editor) grant(w Wish) Spliced {
	if scope, done := e.removed(w); done {
		return Spliced{Scope: scope}
	}
	scope, written := e.scope(w)
	switch {
	case !written && !w.anywhere():
		return Spliced{Refused: "no file writes this item out: it comes from a pattern or an expression"}
	case !written:
		scope = w.Scopes[0]
	}
	s := Spliced{Scope: scope}
	spots := e.spots(w.pathIn(scope))
	for _, spot := range spots {
		if s.At = spot.position(); !isLiteral(spot.field.Value) {
			s.Refused = "its value is an expression"
			return s
		}
	}
	if len(spots) == 0 {
		s.At, s.Refused = e.add(w, scope)
		return s
	}
	s.Refused = e.alter(w, scope)
	return s
}

// anywhere tells whether a wish may be granted where nothing of its item is written yet: if it is about the
// whole item, or may be said at one scope only.
func (w Wish) anywhere() bool { return len(w.Path) == 0 || len(w.Scopes) == 1 }

// removed tells whether what a wish wants gone has gone with one before it.
func (e *editor) removed(w Wish) ([]string, bool) {
	for _, scope := range w.Scopes {
		if w.Gone && e.gone[pointerTo(w.pathIn(scope))] {
			return scope, true
		}
	}
	return nil, false
}

// add says what is not said yet.
func (e *editor) add(w Wish, scope []string) (schema.Position, string) {
	if w.Gone {
		return schema.Position{}, "no file writes it out: it comes from a pattern, an expression or a default"
	}
	return e.insert(w, scope)
}

// alter says something else than is said.
func (e *editor) alter(w Wish, scope []string) string {
	switch {
	case !w.Gone:
		return e.replace(w, scope, w.Value)
	case e.elsewhere(w, scope):
		return e.replace(w, scope, nil)
	}
	e.remove(w, scope)
	e.gone[pointerTo(w.pathIn(scope))] = true
	return ""
}

// elsewhere tells whether a wider scope says something that a narrower one has to take away.
func (e *editor) elsewhere(w Wish, scope []string) bool {
	i := slices.IndexFunc(w.Scopes, func(s []string) bool { return slices.Equal(s, scope) })
	return slices.ContainsFunc(w.Scopes[i+1:], func(s []string) bool { return len(e.spots(w.pathIn(s))) > 0 })
}
