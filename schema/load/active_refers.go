package load

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
)

// refers tells whether the configuration refers to who holds what, so that it may say something else when a role
// moves. It reads the syntax, of those files only that have the word, and may be true of one that does not, never
// false of one that says `active`.
func (in Input) refers() bool {
	var saying []string // files that have the word
	for name, data := range in.Files {
		if in.written(name) && bytes.Contains(data, []byte("active")) {
			saying = append(saying, name)
		}
	}
	if len(saying) == 0 {
		return false
	}
	reached := in.reaches() // a file that no parser survives harms only the cluster that it is part of
	return slices.ContainsFunc(saying, func(name string) bool {
		return slices.Contains(reached, path.Dir(name)) && refersToActive(name, in.Files[name])
	})
}

// written tells whether people wrote a file: our own module lies among theirs in our own repository.
func (in Input) written(name string) bool {
	return !strings.HasPrefix(name, vendored) && !strings.HasPrefix(name, former) &&
		(!strings.HasPrefix(name, "schema/") && !strings.HasPrefix(name, "providers/") || !isOwn(in.Files))
}

// refersToActive tells whether a file has a reference, selector or index of that name. One that is not CUE is
// said to be where the whole is built.
func refersToActive(name string, data []byte) bool {
	file, err := parser.ParseFile(name, data)
	if err != nil || mentions(file, "active") {
		return true
	}
	found := false
	ast.Walk(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IndexExpr:
			text, _ := textOf(n.Index)
			found = found || text == "active"
		case *ast.SelectorExpr:
			name, _ := nameOf(n.Sel)
			found = found || name == "active"
		}
		return !found
	}, nil)
	return found
}

// textOf is a text that is written out.
func textOf(expr ast.Expr) (text string, ok bool) {
	lit, ok := expr.(*ast.BasicLit)
	if !ok {
		return "", false
	}
	text, err := literal.Unquote(lit.Value)
	return text, err == nil
}

// reaches are the folders of the cluster's package, and of those that it imports, and so on. A folder counts
// as imported where an import's path ends with its own.
func (in Input) reaches() []string {
	var reached []string
	for dir := path.Clean(in.Dir); ; dir = path.Dir(dir) { // a package goes on in the folders above
		reached = append(reached, dir)
		if dir == "." || dir == "/" {
			break
		}
	}
	dirs := map[string][]string{} // the files of each folder
	for name := range in.Files {
		if in.written(name) {
			dirs[path.Dir(name)] = append(dirs[path.Dir(name)], name)
		}
	}
	for i := 0; i < len(reached); i++ {
		for _, name := range dirs[reached[i]] {
			for _, imported := range imports(name, in.Files[name]) {
				for dir := range dirs {
					if strings.HasSuffix(imported, "/"+strings.TrimPrefix(dir, "cue.mod/pkg/")) && !slices.Contains(reached, dir) {
						reached = append(reached, dir)
					}
				}
			}
		}
	}
	return reached
}

// imports are the paths that a file imports, without what follows a colon.
func imports(name string, data []byte) (paths []string) {
	file, err := parser.ParseFile(name, data, parser.ImportsOnly)
	if err != nil {
		return nil
	}
	for spec := range file.ImportSpecs() {
		text, _ := textOf(spec.Path)
		text, _, _ = strings.Cut(text, ":")
		paths = append(paths, "/"+text)
	}
	return paths
}
