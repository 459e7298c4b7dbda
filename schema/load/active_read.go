package load

import (
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"

	"github.com/gitops-reconciler/reconciler/schema"
)

// writesActive finds what files say themselves of who holds what: more than was filled in.
func (p pkg) writesActive(filled Active) []schema.Problem {
	var problems []schema.Problem
	for role := range named(p.cluster().LookupPath(cue.ParsePath("active"))) {
		if _, ours := filled[role]; ours {
			continue // it is found where nothing is filled in
		}
		at := []string{"cluster", "active", role}
		problems = append(problems, schema.Problem{
			Rule: "active-written", Path: at, At: p.label(at),
			Message: "who holds a role is no part of the files: the reconciler knows it",
			Remedy:  "drop it; the branch with active.cue is a record, and is not read back",
		})
	}
	return problems
}

// reference is a cluster.active in a file.
type reference struct {
	path  []string // of the field that it stands in, "" being a label that is computed; nil: in none of the cluster's
	names []string // what is written after it: a role, a field of that
	at    schema.Position
}

// misread finds references to who holds what that are wrong for all that anybody holds: those outside of items, and
// those to what there is not, which would have their defaults for ever.
func (in Input) misread(c *schema.Cluster) []schema.Problem {
	var problems []schema.Problem
	for _, ref := range in.references() {
		named := ref.path[:slices.Index(append(slices.Clone(ref.path), ""), "")] // what is computed has no name yet
		if ref.path != nil && !inBody(ref.path) {
			problems = append(problems, itemsOnly(named, ref.at))
		} else if unknown, why := ref.unknown(c); unknown {
			problems = append(problems, schema.Problem{
				Rule: "active-exists", Path: named, At: ref.at, Message: why,
				Remedy: "name a role of this cluster below cluster.active, and then holder, address, host or places",
			})
		}
	}
	return problems
}

// unknown says why there is never what a reference reads.
func (r reference) unknown(c *schema.Cluster) (unknown bool, why string) {
	if len(r.names) == 0 {
		return false, ""
	}
	role := r.names[0]
	if _, there := c.Roles[role]; !there {
		return true, "this cluster has no role " + quoted(role) + ", so nobody ever holds it"
	}
	if len(r.names) > 1 && !slices.Contains([]string{"holder", "address", "host", "places"}, r.names[1]) {
		return true, "who holds a role has no field " + quoted(r.names[1])
	}
	return false, ""
}

// references are those in the files of the cluster's own folder.
func (in Input) references() []reference {
	var all []reference
	for name, data := range in.Files {
		if path.Dir(name) != path.Clean(in.Dir) || !taken(path.Base(name)) || !strings.Contains(string(data), "active") {
			continue
		}
		if file, err := parser.ParseFile(root+"/"+name, data); err == nil {
			s := seeker{}
			s.decls(file.Decls, []string{})
			all = append(all, s.found...)
		}
	}
	return all
}

// seeker finds references, and in which fields they stand.
type seeker struct{ found []reference }

func (s *seeker) decls(decls []ast.Decl, path []string) {
	for _, decl := range decls {
		switch decl := decl.(type) {
		case *ast.Field:
			s.look(decl.Label, path)
			name, _ := nameOf(decl.Label)
			s.expr(decl.Value, append(slices.Clone(path), name))
		case *ast.EmbedDecl:
			s.expr(decl.Expr, path)
		case *ast.Comprehension:
			for _, clause := range decl.Clauses {
				s.look(clause, path)
			}
			s.expr(decl.Value, path)
		case *ast.LetClause:
			s.look(decl.Expr, nil) // what uses it matters
		}
	}
}

func (s *seeker) expr(expr ast.Expr, path []string) {
	switch expr := expr.(type) {
	case *ast.StructLit:
		s.decls(expr.Elts, path)
	case *ast.ParenExpr:
		s.expr(expr.X, path)
	case *ast.BinaryExpr:
		s.expr(expr.X, path)
		s.expr(expr.Y, path)
	default:
		s.look(expr, path)
	}
}

// look finds the references in what has no fields of the cluster.
func (s *seeker) look(node ast.Node, path []string) {
	if len(path) == 0 || path[0] != "cluster" {
		path = nil // what uses it matters
	}
	ast.Walk(node, func(n ast.Node) bool {
		expr, _ := n.(ast.Expr)
		names, ok := chain(expr)
		if !ok || len(names) < 2 || names[0] != "cluster" || names[1] != "active" {
			return true
		}
		s.found = append(s.found, reference{path: path, names: names[2:], at: position(expr.Pos())})
		return false
	}, nil)
}

// chain is what an expression such as a.b["c"] names one after the other, up to what is computed.
func chain(expr ast.Expr) (names []string, ok bool) {
	switch expr := expr.(type) {
	case *ast.Ident:
		return []string{expr.Name}, true
	case *ast.SelectorExpr:
		names, ok = chain(expr.X)
		name, _ := nameOf(expr.Sel)
		return append(names, name), ok
	case *ast.IndexExpr:
		names, ok = chain(expr.X)
		name, known := textOf(expr.Index)
		return append(names, name), ok && known
	}
	return nil, false
}
