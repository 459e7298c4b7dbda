package load

import (
	"bytes"
	"cmp"
	"maps"
	"path"
	"slices"
	"sync"
	"unicode/utf8"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/load"

	"github.com/gitops-reconciler/reconciler/schema"
)

// root is where the files seem to lie. It must not exist, so that nothing is read from disk.
const root = "/reconciler.invalid"

// pkg is a built package of CUE.
type pkg struct {
	instance *build.Instance
	value    cue.Value // of the whole package
	files    []*ast.File
	dir      string                            // its folder
	own      bool                              // it lies in our own module's repository
	written  func() *node                      // what its files say; made when first needed
	literals func() map[schema.Position]string // where they say it by a value; likewise
	words    *vocabulary                       // what may stand at a place
	wrong    map[schema.Key]bool               // items at cluster scope that were evaluated apart, and are in error
}

func newPkg(in Input, instance *build.Instance) pkg {
	p := pkg{
		instance: instance, files: instance.Files,
		dir: in.Dir, own: isOwn(in.Files), wrong: map[schema.Key]bool{},
	}
	return p.reading(func() []*ast.File { return instance.Files })
}

// reading returns p with what is written taken from these files, once it is needed.
func (p pkg) reading(files func() []*ast.File) pkg {
	p.written = sync.OnceValue(func() *node { return tree(files()) })
	p.literals = sync.OnceValue(func() map[schema.Position]string { return literals(files()) })
	return p
}

// withShards returns p with the lines of shards too, which are parsed anew where one is needed.
func (p pkg) withShards(in Input, names []string) pkg {
	return p.reading(func() []*ast.File {
		all := slices.Clone(p.files)
		for _, name := range names {
			all = append(all, parseShard(in, name))
		}
		return all
	})
}

// buildPackage loads the package in in.Dir, with our own module beside it where the files do not bring it.
func buildPackage(in Input) (pkg, []schema.Problem) {
	if problems := tooOld(in.Files); problems != nil {
		return pkg{}, problems
	}
	if problems := foreignCopy(in.Files); problems != nil {
		return pkg{}, problems
	}
	if problems := notText(in.Files); problems != nil {
		return pkg{}, problems
	}
	overlay := map[string]load.Source{}
	for name, data := range withModule(in.Files) {
		overlay[path.Join(root, name)] = load.FromBytes(data)
	}
	instances := load.Instances([]string{"."}, &load.Config{
		Dir:     path.Join(root, path.Clean("/"+in.Dir)), // never above the root
		Overlay: overlay,
		Env:     []string{"CUE_REGISTRY=none"},
	})
	instance := instances[0]
	p := newPkg(in, instance)
	if problems := passedOver(in, instance); problems != nil {
		return p, problems
	}
	if instance.Err != nil {
		return p, clarified(p.diagnose(errors.Errors(instance.Err)), in)
	}
	// Building only compiles; what is wrong with the values shows in validate.
	ctx := cuecontext.New()
	p.value = in.so.fill(ctx.BuildInstance(instance))
	p.words = newVocabulary(ctx, instance, p.cluster())
	if !p.cluster().Exists() && p.value.Err() == nil {
		return p, []schema.Problem{{
			Rule: "cluster-missing", At: p.first(),
			Message: "there is no field `cluster` in this folder; write: cluster: sftpgo.#Cluster & {name: ..., peers: ..., items: ...}",
		}}
	}
	return p, nil
}

// notText finds files that are not UTF-8. CUE would take their bytes as they are, and so would a peer.
func notText(files map[string][]byte) []schema.Problem {
	var problems []schema.Problem
	for name, data := range files {
		if utf8.Valid(data) {
			continue
		}
		good := data[:notUTF8(data)]
		problems = append(problems, schema.Problem{
			Rule: "syntax", Message: "this is not UTF-8 text; save the file as UTF-8",
			At: schema.Position{File: name, Line: 1 + bytes.Count(good, []byte("\n")), Column: len(good) - bytes.LastIndexByte(good, '\n')},
		})
	}
	return problems
}

// notUTF8 is where the first byte stands that is not text.
func notUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}

// passedOver names what CUE would silently do without: a folder without CUE files, and files that belong
// to no package.
func passedOver(in Input, instance *build.Instance) []schema.Problem {
	here := func(name string) bool { return path.Dir(name) == path.Clean(in.Dir) }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(in.Files)), here) {
		return []schema.Problem{{
			Rule: "cluster-missing", At: schema.Position{File: in.Dir},
			Message: "no CUE files in this folder; name the cluster's folder with -C DIR",
		}}
	}
	var problems []schema.Problem
	for _, file := range instance.IgnoredFiles {
		name := relative(file.Filename)
		if here(name) && file.ExcludeReason != nil && file.ExcludeReason.Error() == "no package name" {
			problems = append(problems, schema.Problem{
				Rule: "package-missing", At: schema.Position{File: name, Line: 1, Column: 1},
				Message: "no package clause, so CUE passes this file over; begin it with: package " + cmp.Or(instance.PkgName, "NAME"),
			})
		}
	}
	return problems
}

func (p pkg) first() schema.Position {
	if len(p.files) == 0 {
		return schema.Position{File: p.dir}
	}
	return schema.Position{File: relative(p.files[0].Filename), Line: 1, Column: 1}
}
