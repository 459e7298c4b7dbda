package load

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/mod/modfile"
)

// A repository carries a copy of our own CUE module below cue.mod/vendor, so that plain `cue vet`
// finds the schema without a network. It must be this program's own copy: with another one, plain cue
// would promise what the program refuses, or the program would follow rules that are not its own.

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
// carries is this program's own, sorted by name; nothing, if it is. It concerns the vendored copy and
// cue.mod/local-module.cue, which leads there, and no other file. It is an error if the files are no CUE
// module, or our own, or if the files in cue.mod cannot be read.
func Upgrade(files map[string][]byte) ([]Edit, error) {
	switch {
	case files[moduleFile] == nil:
		return nil, errors.New("there is no cue.mod/module.cue in this folder or above it; `reconciler init` starts a repository")
	case isOwn(files):
		return nil, errors.New("this is the schema's own repository; it carries no copy")
	}
	local, err := localModule(files)
	if err != nil {
		return nil, err
	}
	wanted := Vendored()
	wanted[localFile] = local
	edits := differences(files, wanted)
	slices.SortFunc(edits, func(a, b Edit) int { return strings.Compare(a.Name, b.Name) })
	return edits, nil
}

// differences are what makes files hold what is wanted, and the vendored copy nothing else.
func differences(files, wanted map[string][]byte) []Edit {
	var edits []Edit
	for name, data := range wanted {
		if there, ok := files[name]; !ok || !sameText(there, data) {
			edits = append(edits, Edit{Name: name, Data: data, New: !ok})
		}
	}
	for name := range files {
		if _, ours := wanted[name]; !ours && strings.HasPrefix(name, vendored+"/") {
			edits = append(edits, Edit{Name: name})
		}
	}
	return edits
}

// localModule is the text of local-module.cue that leads to the vendored copy, and wherever else it led
// before. One that leads there already stays as it was written.
func localModule(files map[string][]byte) ([]byte, error) {
	base, err := modfile.ParseNonStrict(files[moduleFile], moduleFile)
	if err != nil {
		return nil, err
	}
	local := base
	if text := files[localFile]; text != nil {
		if local, err = modfile.ParseLocal(text, localFile, base); err != nil {
			return nil, err
		}
	}
	leads := modfile.Dep{Version: "v0.0.0", ReplaceWith: "./" + vendored}
	if there := local.Deps[modulePath+"@v0"]; there != nil {
		if there.Version != "" && there.ReplaceWith == leads.ReplaceWith {
			return files[localFile], nil
		}
		leads.Version = cmp.Or(there.Version, leads.Version)
	}
	deps := map[string]*modfile.Dep{}
	maps.Copy(deps, local.Deps)
	deps[modulePath+"@v0"] = &leads
	text, err := modfile.FormatLocal(&modfile.File{Deps: deps}, base)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", localFile, err)
	}
	return append([]byte(localComment), text...), nil
}

const localComment = "// Plain cue finds the schema in the copy beside this file, which `reconciler schema upgrade` makes the\n" +
	"// program's own.\n"
