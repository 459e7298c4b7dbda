package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/gitops-reconciler/reconciler/reconcile/source"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// naming names a place in a tree's files.
type naming func(source.Tree, load.Input, schema.Position) schema.Position

// evaluate reads and evaluates the cluster, or returns the problems that keep it from being one, at places
// as named says.
func (a *app) evaluate(ctx context.Context, named naming) (loaded, []schema.Problem, error) {
	tree, err := a.tree(ctx)
	if err != nil {
		return loaded{}, nil, err
	}
	return a.evaluateTree(ctx, tree, named)
}

// evaluateTree is evaluate for a tree, which it closes.
func (a *app) evaluateTree(ctx context.Context, tree source.Tree, named naming) (loaded, []schema.Problem, error) {
	defer func() { _ = tree.Close() }() // it was only read
	in, err := load.Read(tree.FS, tree.Dir)
	if err != nil {
		return loaded{}, nil, failf(exitInvalid, "read the configuration: %w", err)
	}
	return a.evaluateInput(ctx, tree, in, named)
}

// evaluateInput evaluates what was read of a tree, which may be closed by then.
func (a *app) evaluateInput(ctx context.Context, tree source.Tree, in load.Input, named naming) (loaded, []schema.Problem, error) {
	result, err := a.loader().Load(ctx, in)
	if err != nil {
		return loaded{}, nil, err
	}
	for i, p := range result.Problems {
		result.Problems[i].At = named(tree, in, p.At)
		for j, r := range p.Related {
			p.Related[j].At = named(tree, in, r.At)
		}
	}
	if len(result.Problems) > 0 {
		return loaded{}, result.Problems, nil
	}
	l := loaded{Cluster: result.Cluster, revision: tree.Revision, find: a.finder(tree, in, named), in: in, follow: result.Follow, refers: result.Refers}
	l.again = func(ctx context.Context, so load.Active) (loaded, []schema.Problem, error) {
		in.Active = so
		return a.evaluateInput(ctx, tree, in, named)
	}
	if tree.Revision == source.Files {
		l.revision = source.Files + ":" + in.Hash()[:12]
	} else {
		l.subject = tree.Author + ": " + tree.Subject
	}
	return l, nil, nil
}

// finder finds places in a tree's files, also after it was closed.
func (a *app) finder(tree source.Tree, in load.Input, named naming) finder {
	return func(ctx context.Context, paths [][]string) ([]schema.Position, error) {
		found, err := a.loader().Child.Places(ctx, in, paths)
		for i, at := range found {
			found[i] = named(tree, in, at)
		}
		return found, err
	}
}

// forPeople names a place as compilers do.
func forPeople(tree source.Tree, _ load.Input, at schema.Position) schema.Position {
	if at.File == "" {
		at.File = tree.Dir
	}
	at.File = tree.Path(at.File)
	return at
}

// forPrograms names places as the formats for programs want them: files relative to the working folder,
// where a forge's checkout is, and columns in characters. Each file is taken apart once, since one may have
// a problem on every line.
func forPrograms() func(source.Tree, load.Input, schema.Position) schema.Position {
	lines := map[string][]string{}
	return func(tree source.Tree, in load.Input, at schema.Position) schema.Position {
		if _, split := lines[at.File]; !split {
			lines[at.File] = strings.Split(string(in.Files[at.File]), "\n")
		}
		at.Column = characters(lines[at.File], at)
		return fromHere(forPeople(tree, in, at))
	}
}

// fromHere is a position in a file that is named from the working folder, if it is below it.
func fromHere(at schema.Position) schema.Position {
	folder, err := os.Getwd()
	if err != nil || !filepath.IsAbs(at.File) {
		return at
	}
	if below, err := filepath.Rel(folder, at.File); err == nil && filepath.IsLocal(below) {
		at.File = below
	}
	return at
}

// characters is a position's column, counted in characters instead of bytes.
func characters(lines []string, at schema.Position) int {
	if at.Line < 1 || at.Line > len(lines) || at.Column < 1 || at.Column-1 > len(lines[at.Line-1]) {
		return at.Column
	}
	return utf8.RuneCountInString(lines[at.Line-1][:at.Column-1]) + 1
}
