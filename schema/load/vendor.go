package load

import (
	"bytes"
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/mod/modfile"
)

// A repository carries a copy of our own CUE module below cue.mod/pkg, so that plain `cue vet` and editors
// find the schema without a network. It must be this program's own copy: with another one, plain cue
// would promise what the program refuses, or the program would follow rules that are not its own.
//
// CUE looks there for what a module does not say it needs, in every version. A module that does say so
// can lead to a copy by local-module.cue only, which CUE reads since 0.17, and its language server never.

// Edit is a change of one file of a repository.
type Edit struct {
	Name string // slash-separated, from the module's root
	Data []byte // what the file must hold; nil: it must go
	New  bool   // it is not there yet
}

// Vendored is our own module as a repository carries it, by slash-separated path from its module's root.
func Vendored() map[string][]byte {
	files := map[string][]byte{}
	for name, data := range module() {
		files[path.Join(vendored, name)] = data
	}
	return files
}

// Providers are the names of the products that can be planned and applied, sorted: those whose definition
// says how they are called. The others only have a vocabulary yet.
func Providers() []string {
	var names []string
	called := regexp.MustCompile(`(?m)^#Provider: rest\.#Provider`)
	for name, data := range module() {
		if strings.HasPrefix(name, "providers/") && called.Match(data) {
			names = append(names, path.Base(path.Dir(name)))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Upgrade is what must be done to the files of a repository so that the copy of our module that it
// carries is this program's own, and the one that CUE takes, sorted by name; nothing, if it is. It concerns
// that copy, one that lies where copies were before, and what module.cue and local-module.cue say of our
// module, which would lead elsewhere. It is an error if the files are no CUE module, or our own, or if
// the files in cue.mod cannot be read.
func Upgrade(files map[string][]byte) ([]Edit, error) {
	switch {
	case files[moduleFile] == nil:
		return nil, errors.New("there is no cue.mod/module.cue in this folder or above it; `reconciler init` starts a repository")
	case isOwn(files):
		return nil, errors.New("this is the schema's own repository; it carries no copy")
	}
	if _, err := modfile.ParseNonStrict(files[moduleFile], moduleFile); err != nil {
		return nil, err
	}
	edits := differences(files, Vendored())
	for _, name := range []string{moduleFile, localFile} {
		text, err := forgetful(name, files[name])
		if err != nil {
			return nil, err
		}
		if !sameText(text, files[name]) {
			edits = append(edits, Edit{Name: name, Data: text})
		}
	}
	slices.SortFunc(edits, func(a, b Edit) int { return strings.Compare(a.Name, b.Name) })
	return edits, nil
}

// differences are what makes files hold what is wanted, and no other file of a copy.
func differences(files, wanted map[string][]byte) []Edit {
	var edits []Edit
	for name, data := range wanted {
		if there, ok := files[name]; !ok || !sameText(there, data) {
			edits = append(edits, Edit{Name: name, Data: data, New: !ok})
		}
	}
	for name := range files {
		_, ours := wanted[name]
		if !ours && strings.HasPrefix(name, vendored+"/") || strings.HasPrefix(name, former+"/") {
			edits = append(edits, Edit{Name: name})
		}
	}
	return edits
}

// forgetful is the text of a module file without what it says of our module; nil if it says nothing else.
func forgetful(name string, text []byte) ([]byte, error) {
	if !names(text) {
		return text, nil
	}
	file, err := parser.ParseFile(name, bytes.ReplaceAll(text, []byte(formerComment), nil), parser.ParseComments)
	if err != nil {
		return nil, err
	}
	file.Decls = slices.DeleteFunc(file.Decls, func(decl ast.Decl) bool {
		deps, ok := decl.(*ast.Field)
		if !ok || label(deps) != "deps" {
			return false
		}
		of, ok := deps.Value.(*ast.StructLit)
		if !ok {
			return false
		}
		of.Elts = slices.DeleteFunc(of.Elts, func(decl ast.Decl) bool {
			dep, ok := decl.(*ast.Field)
			return ok && strings.HasPrefix(label(dep), modulePath+"@")
		})
		return len(of.Elts) == 0
	})
	if len(file.Decls) == 0 {
		return nil, nil
	}
	return format.Node(file)
}

// formerComment stood above local-module.cue where the copy lay in cue.mod/vendor.
const formerComment = "// Plain cue finds the schema in the copy beside this file, which `reconciler schema upgrade` makes the\n" +
	"// program's own.\n"
