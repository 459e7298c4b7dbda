package load

import (
	"fmt"
	"maps"
	"path"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"

	"github.com/gitops-reconciler/reconciler/schema"
)

const (
	// root is where the files seem to lie. It must not exist, so that nothing is read from disk.
	root       = "/reconciler.invalid"
	modulePath = "github.com/gitops-reconciler/reconciler"
	moduleFile = "cue.mod/module.cue"
	localFile  = "cue.mod/local-module.cue"
	vendored   = "cue.mod/vendor/" + modulePath
)

// pkg is a built package of CUE.
type pkg struct {
	value cue.Value // of the whole package
	files []*ast.File
}

// build loads the package in in.Dir, with our own module beside it where the files do not bring it.
func build(in Input) (pkg, []schema.Problem) {
	overlay := map[string]load.Source{}
	for name, data := range withModule(in.Files) {
		overlay[path.Join(root, name)] = load.FromBytes(data)
	}
	instances := load.Instances([]string{"."}, &load.Config{
		Dir:     path.Join(root, in.Dir),
		Overlay: overlay,
		Env:     []string{"CUE_REGISTRY=none"},
	})
	instance := instances[0]
	p := pkg{files: instance.Files}
	if instance.Err != nil {
		return p, noPackage(in, p.diagnose(instance.Err))
	}
	// Building only compiles; what is wrong with the values shows in validate.
	p.value = cuecontext.New().BuildInstance(instance)
	if !p.cluster().Exists() && p.value.Err() == nil {
		return p, []schema.Problem{{
			Rule: "cluster-missing", At: p.first(),
			Message: "there is no field `cluster` in this folder; write: cluster: sftpgo.#Cluster & {name: ..., peers: ..., items: ...}",
		}}
	}
	return p, nil
}

// noPackage says in our words that a folder holds no CUE at all.
func noPackage(in Input, problems []schema.Problem) []schema.Problem {
	for name := range in.Files {
		if path.Dir(name) == path.Clean(in.Dir) {
			return problems
		}
	}
	return []schema.Problem{{
		Rule: "cluster-missing", At: schema.Position{File: in.Dir},
		Message: "no CUE files in this folder; name the cluster's folder with -C DIR",
	}}
}

// withModule adds our own module to the files, unless they are it or bring a copy.
func withModule(files map[string][]byte) map[string][]byte {
	own := string(files[moduleFile])
	switch {
	case strings.Contains(own, `module: "`+modulePath+`@`), files[localFile] != nil:
		return files
	case strings.Contains(own, modulePath):
		return inject(files, vendored, map[string]string{
			localFile: fmt.Sprintf("deps: %q: replaceWith: %q\n", modulePath+"@v0", "./"+vendored),
		})
	case own != "":
		return inject(files, "cue.mod/pkg/"+modulePath, nil)
	default:
		return inject(files, "cue.mod/pkg/"+modulePath, map[string]string{
			moduleFile: "module: \"cluster.invalid@v0\"\nlanguage: version: \"v0.17.0\"\n",
		})
	}
}

func inject(files map[string][]byte, dir string, more map[string]string) map[string][]byte {
	all := make(map[string][]byte, len(files)+32)
	maps.Copy(all, files)
	for name, data := range module() {
		all[path.Join(dir, name)] = data
	}
	for name, data := range more {
		all[name] = []byte(data)
	}
	return all
}

func (p pkg) cluster() cue.Value { return p.value.LookupPath(cue.ParsePath("cluster")) }

// validate asks for what `cue vet -c` asks for.
func (p pkg) validate() error {
	return p.value.Validate(cue.Concrete(true), cue.Definitions(true), cue.Hidden(true), cue.Attributes(true))
}

func (p pkg) first() schema.Position {
	if len(p.files) == 0 {
		return schema.Position{}
	}
	return schema.Position{File: relative(p.files[0].Filename), Line: 1, Column: 1}
}
