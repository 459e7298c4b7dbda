package load

import (
	"maps"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Most of a large configuration is items that are written out: no references, no conditions, just values.
// The evaluator's memory only grows, and its time does so faster than the number of fields in one struct.
// So files that hold nothing else, shards, are kept out of the evaluation of the whole; each of their items
// is then unified with its kind's schema by itself, in contexts that are thrown away. What comes out is the
// same cluster, and no fewer problems (TestShards, TestShardsBesideAnything): of the rest they may be more,
// since in the whole a wrong item keeps CUE from saying what is incomplete elsewhere. Where that cannot be
// shown from the syntax, there are no shards.

// item is an item as it is written out.
type item struct {
	schema.Key
	field *ast.Field // its id and its body
}

// shards are names of files whose items can be evaluated by themselves, sorted, and the rest of the files.
// It keeps no syntax: a large configuration's is larger than its files.
func shards(in Input) (names []string, rest map[string][]byte) {
	rest = maps.Clone(in.Files)
	packages := map[string]bool{}
	seen := map[schema.Key]bool{}
	for name := range in.Files {
		if path.Dir(name) != path.Clean(in.Dir) || !taken(path.Base(name)) {
			continue
		}
		file, err := parser.ParseFile(name, in.Files[name])
		if err != nil {
			return nil, in.Files // it is said where the whole is built
		}
		packages[file.PackageName()] = true
		items, literal := literalItems(file)
		for _, item := range items {
			if seen[item.Key] {
				return nil, in.Files // one item in parts is unified as a whole
			}
			seen[item.Key] = true
		}
		if literal {
			names = append(names, name)
			delete(rest, name)
		}
	}
	if len(packages) != 1 || packages[""] || packages["_"] {
		return nil, in.Files
	}
	slices.Sort(names)
	return names, rest
}

// taken tells whether CUE takes a file of this name for a part of a package.
func taken(base string) bool {
	return path.Ext(base) == ".cue" && !strings.HasPrefix(base, ".") && !strings.HasPrefix(base, "_") &&
		!strings.HasSuffix(base, "_test.cue") && !strings.HasSuffix(base, "_tool.cue")
}

// readShard returns the items of a file that is known to be a shard.
func readShard(in Input, name string) []item {
	items, _ := literalItems(parseShard(in, name))
	return items
}

func parseShard(in Input, name string) *ast.File {
	file, err := parser.ParseFile(root+"/"+name, in.Files[name])
	if err != nil {
		return &ast.File{} // it was read before
	}
	return file
}

// literalItems are the items that a file writes out below `cluster: items`, and whether it holds nothing
// else.
func literalItems(file *ast.File) (items []item, literal bool) {
	for _, decl := range file.Decls {
		if _, ok := decl.(*ast.Package); ok {
			continue
		}
		below, ok := fieldsBelow([]ast.Decl{decl}, "cluster", "items")
		if !ok {
			return nil, false
		}
		found, ok := itemsIn(below)
		if !ok {
			return nil, false
		}
		items = append(items, found...)
	}
	return items, len(items) > 0
}

// fieldsBelow are the declarations that stand below a path of labels, and whether nothing stands beside it.
func fieldsBelow(decls []ast.Decl, path ...string) ([]ast.Decl, bool) {
	for _, label := range path {
		var below []ast.Decl
		for _, decl := range decls {
			name, value, ok := plainField(decl)
			if !ok || name != label {
				return nil, false
			}
			body, ok := value.(*ast.StructLit)
			if !ok {
				return nil, false
			}
			below = append(below, body.Elts...)
		}
		decls = below
	}
	return decls, true
}

// itemsIn are the items below `items`: kinds, then ids, then bodies.
func itemsIn(decls []ast.Decl) ([]item, bool) {
	var items []item
	for _, decl := range decls {
		kind, value, ok := plainField(decl)
		ids, isStruct := value.(*ast.StructLit)
		if !ok || !isStruct {
			return nil, false
		}
		for _, decl := range ids.Elts {
			id, value, ok := plainField(decl)
			body, isStruct := value.(*ast.StructLit)
			if !ok || !isStruct || !isLiteral(body) {
				return nil, false
			}
			items = append(items, item{schema.Key{Kind: kind, ID: id}, decl.(*ast.Field)})
		}
	}
	return items, true
}
