package load

import (
	"cmp"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/gitops-reconciler/reconciler/schema"
)

// locate finds where the user wrote what path leads to, or as much of it as they wrote. It reads the
// syntax, not the value: an evaluated value knows mostly the lines of the schema.
func (p pkg) locate(path []string) schema.Position {
	best := p.written().find(path)
	if best.depth == 0 {
		return p.first()
	}
	return position(best.pos)
}

// node is what was written of one field, in all places together, so that a search does not depend on how
// many there are.
type node struct {
	label, value token.Pos // where it was written first
	named        map[string]*node
	others       []labelled // what may have any of several names
	idents       []string   // names that it is said to be
	refers       []*node    // to what else it is, as in #provider: #Own
}

type labelled struct {
	label ast.Label
	*node
}

// tree is all that files say.
func tree(files []*ast.File) *node {
	root := &node{}
	for _, file := range files {
		root.addDecls(file.Decls)
	}
	root.follow(root)
	return root
}

func (n *node) addDecls(decls []ast.Decl) {
	for _, decl := range decls {
		switch decl := decl.(type) {
		case *ast.Field:
			n.child(decl.Label, decl.Label.Pos(), decl.Value.Pos()).addExpr(decl.Value)
		case *ast.EmbedDecl:
			n.addExpr(decl.Expr)
		case *ast.Comprehension:
			n.addExpr(decl.Value)
		}
	}
}

func (n *node) addExpr(expr ast.Node) {
	switch expr := expr.(type) {
	case *ast.StructLit:
		n.addDecls(expr.Elts)
	case *ast.ListLit:
		for i, element := range expr.Elts {
			n.childNamed(strconv.Itoa(i), element.Pos(), element.Pos()).addExpr(element)
		}
	case *ast.ParenExpr:
		n.addExpr(expr.X)
	case *ast.Alias:
		n.addExpr(expr.Expr)
	case *ast.BinaryExpr:
		n.addExpr(expr.X)
		n.addExpr(expr.Y)
	case *ast.Ident:
		n.idents = append(n.idents, expr.Name)
	}
}

// follow connects the definitions that a node is said to be (#provider: #Own) with what was written under
// their names at the top. A definition that is another is not followed on, so that circles end.
func (n *node) follow(root *node) {
	for _, name := range n.idents {
		if there := root.named[name]; there != nil && strings.HasPrefix(name, "#") {
			n.refers = append(n.refers, there)
		}
	}
	for _, child := range n.named {
		child.follow(root)
	}
	for _, other := range n.others {
		other.follow(root)
	}
}

func (n *node) child(label ast.Label, at, value token.Pos) *node {
	if name, ok := nameOf(label); ok {
		return n.childNamed(name, at, value)
	}
	child := &node{label: at, value: value}
	n.others = append(n.others, labelled{label, child})
	return child
}

func (n *node) childNamed(name string, at, value token.Pos) *node {
	if n.named == nil {
		n.named = map[string]*node{}
	}
	if n.named[name] == nil {
		n.named[name] = &node{label: at, value: value}
	}
	return n.named[name]
}

// match is a place that agrees with the first depth labels of a path. Of those, sure counts the ones
// before a label that could be any other too, such as "\(s)", and exact those that were written out,
// not matched by a pattern such as [_].
type match struct {
	depth, sure, exact int
	pos                token.Pos
}

func (m match) better(other match) match {
	if cmp.Or(cmp.Compare(other.sure, m.sure), cmp.Compare(other.depth, m.depth), cmp.Compare(other.exact, m.exact)) > 0 {
		return other
	}
	return m
}

func (n *node) find(path []string) match {
	best := n.own(path)
	for _, other := range n.refers {
		best = best.better(other.own(path))
	}
	return best
}

// own is find without what a node refers to.
func (n *node) own(path []string) match {
	var best match
	if len(path) == 0 {
		return best
	}
	if child := n.named[path[0]]; child != nil {
		best = child.match(path, written)
	}
	for _, other := range n.others {
		if fits := fit(other.label, path[0]); fits != no {
			best = best.better(other.match(path, fits))
		}
	}
	return best
}

// match is the place of a node whose label fits the first of a path so well, or a place below it.
func (n *node) match(path []string, fits fitting) match {
	m := match{depth: 1, pos: n.label}
	if len(path) == 1 {
		m.pos = n.value
	}
	if below := n.find(path[1:]); below.depth > 0 {
		m = match{depth: below.depth + 1, sure: below.sure, exact: below.exact, pos: below.pos}
	}
	switch fits {
	case written:
		m.sure++
		m.exact++
	case pattern:
		m.sure++
	default:
		m.sure = 0
	}
	return m
}
