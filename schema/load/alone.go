package load

import (
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/token"
)

// standAlone tells whether the items at cluster scope that a package does not write itself can be evaluated
// without it: no expression of it can see them, and it says nothing that would hold for them too. It looks
// at the syntax, knows the simple shapes that people write, and says no to all others. product is the
// package that has the schema: #Cluster.
//
// Our own rules about items (schema.#Cluster._rule) are no hindrance: those in Go say all that they say.
func standAlone(instance *build.Instance) (product *build.Instance, ok bool) {
	var products []*build.Instance
	for _, file := range instance.Files {
		if mentions(file, "cluster", "items", "self") {
			return nil, false
		}
		for _, decl := range file.Decls {
			name, value, ok := outer(decl)
			if ok && name == "cluster" {
				var found []*build.Instance
				found, ok = where{file, instance, ofCluster}.plain(value)
				products = append(products, found...)
			}
			if !ok {
				return nil, false
			}
		}
	}
	if len(slices.Compact(products)) != 1 {
		return nil, false
	}
	return products[0], true
}

// outer is a declaration that says nothing of fields with other names, and what it says, also where no other
// file has the field: what follows a ? or a ! depends on that.
func outer(decl ast.Decl) (name string, value ast.Expr, ok bool) {
	switch decl := decl.(type) {
	case *ast.Package, *ast.ImportDecl, *ast.LetClause:
		return "", nil, true
	case *ast.Field:
		name, ok := nameOf(decl.Label)
		_, aliased := decl.Label.(*ast.Alias)
		return name, decl.Value, ok && !aliased && decl.Alias == nil && decl.Constraint == token.ILLEGAL
	}
	return "", nil, false
}

// ofCluster tells whether a field of `cluster` says nothing of other items than those that it names.
func ofCluster(name string, value ast.Expr) bool {
	return name != "#provider" && (name != "items" || plainItems(value, kindOnly) && !mentions(value, kinds(value)...))
}

// kinds are those whose items an expression can see, by what it calls them itself.
func kinds(expr ast.Expr) (names []string) {
	switch expr := expr.(type) {
	case *ast.ParenExpr:
		return kinds(expr.X)
	case *ast.BinaryExpr:
		return append(kinds(expr.X), kinds(expr.Y)...)
	case *ast.StructLit:
		for _, decl := range expr.Elts {
			name, _, _ := outer(decl)
			names = append(names, name)
		}
	}
	return names
}

// ofProduct tells the same of a field of a product's #Cluster. Items there would be unified with those of
// shards.
func ofProduct(name string, _ ast.Expr) bool { return name != "items" }

// where is where an expression stands, and which fields it may have.
type where struct {
	file *ast.File
	in   *build.Instance
	may  func(name string, value ast.Expr) bool
}

// plain tells whether an expression is a product's #Cluster, fields that are written out, or both; and finds
// the products that it names.
func (w where) plain(expr ast.Expr) (products []*build.Instance, ok bool) {
	switch expr := expr.(type) {
	case *ast.ParenExpr:
		return w.plain(expr.X)
	case *ast.StructLit:
		return nil, all(expr.Elts, func(decl ast.Decl) bool {
			name, value, ok := outer(decl)
			return ok && w.may(name, value)
		})
	case *ast.BinaryExpr:
		left, okLeft := w.plain(expr.X)
		right, okRight := w.plain(expr.Y)
		return append(left, right...), expr.Op == token.AND && okLeft && okRight
	case *ast.SelectorExpr:
		product := w.imported(expr)
		return []*build.Instance{product}, product != nil && plainProduct(product)
	}
	return nil, false
}

// imported is the package that X.#Cluster refers to, if X is one.
func (w where) imported(expr *ast.SelectorExpr) *build.Instance {
	pkg, isIdent := expr.X.(*ast.Ident)
	name, _ := nameOf(expr.Sel)
	if !isIdent || name != "#Cluster" {
		return nil
	}
	for spec := range w.file.ImportSpecs() {
		path := strings.Trim(spec.Path.Value, `"`)
		i := slices.IndexFunc(w.in.Imports, func(i *build.Instance) bool { return i.ImportPath == path })
		if i < 0 {
			continue
		}
		if spec.Name != nil && spec.Name.Name == pkg.Name || spec.Name == nil && w.in.Imports[i].PkgName == pkg.Name {
			return w.in.Imports[i]
		}
	}
	return nil
}

// plainProduct tells whether a product's #Cluster is the vocabulary's, or another product's, with fields of
// its own that neither see items nor say something of them.
func plainProduct(product *build.Instance) bool {
	if product.ImportPath == modulePath+"/schema" {
		return true
	}
	for _, file := range product.Files {
		ok := !mentions(file, "items", "self") && all(file.Decls, func(decl ast.Decl) bool {
			name, value, ok := outer(decl)
			if ok && name == "#Cluster" {
				_, ok = where{file, product, ofProduct}.plain(value)
			}
			return ok
		})
		if !ok {
			return false
		}
	}
	return true
}

// plainItems tells whether all that is below an expression are fields that are written out, or computed,
// but none that hold for any name, so that each says something of itself only.
func plainItems(expr ast.Expr, below func(ast.Decl) bool) bool {
	switch expr := expr.(type) {
	case *ast.ParenExpr:
		return plainItems(expr.X, below)
	case *ast.BinaryExpr:
		return expr.Op == token.AND && plainItems(expr.X, below) && plainItems(expr.Y, below)
	case *ast.StructLit:
		return all(expr.Elts, below)
	}
	return false
}

// kindOnly is a field that is one kind, and idOnly one that is one item or a few.
func kindOnly(decl ast.Decl) bool {
	_, value, ok := outer(decl)
	return ok && value != nil && plainItems(value, idOnly)
}

func idOnly(decl ast.Decl) bool {
	switch decl := decl.(type) {
	case *ast.LetClause:
		return true
	case *ast.Comprehension:
		value, ok := decl.Value.(*ast.StructLit)
		return ok && plainItems(value, idOnly)
	case *ast.Field:
		_, isPattern := decl.Label.(*ast.ListLit)
		_, isAlias := decl.Label.(*ast.Alias)
		return !isPattern && !isAlias && decl.Alias == nil && decl.Constraint == token.ILLEGAL
	}
	return false
}

// mentions tells whether an expression in a part of a file refers to one of these names.
func mentions(part ast.Node, names ...string) bool {
	labels := map[ast.Node]bool{}
	found := false
	ast.Walk(part, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			labels[n.Label] = true
		case *ast.Ident:
			found = found || !labels[n] && slices.Contains(names, n.Name)
		}
		return !found
	}, nil)
	return found
}
