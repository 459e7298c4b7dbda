package load

import (
	"cmp"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"

	"github.com/gitops-reconciler/reconciler/schema"
)

// diagnose turns CUE's errors into problems at the user's own lines. Those of a body that was merged are
// about what lies under the path of its item.
func (p pkg) diagnose(errs []errors.Error, item ...string) []schema.Problem {
	var findings []finding
	for _, e := range errs {
		f := finding{Problem: p.problem(e)}
		f.said = p.complaint(e, f.At)
		f.said.secret = p.words.mayBeSecret(slices.Concat(item, lastLabels(f.Path))) || slices.ContainsFunc(f.said.args, signsIn)
		findings = append(findings, f)
	}
	return problems(foldAlternatives(findings))
}

func (p pkg) problem(e errors.Error) schema.Problem {
	path := e.Path()
	leadsTo := unquote(path)
	problem := schema.Problem{Rule: "schema", Path: leadsTo, Message: sentence(e)}
	switch i := slices.Index(path, "_rule"); {
	case strings.HasPrefix(problem.Message, importFailed):
		problem.Rule, problem.Path = "import", nil
	case len(path) == 0:
		problem.Rule = "syntax"
	case i >= 0 && i+2 < len(path) && strings.HasPrefix(path[i+1], `"`):
		return p.ruled(e, leadsTo, i)
	}
	problem.At = p.place(e, leadsTo)
	if problem.Rule == "import" {
		problem.Message = strings.TrimPrefix(strings.ReplaceAll(problem.Message, importFailed, ""), problem.At.String()+": ")
	}
	return problem
}

const importFailed = "import failed: "

// sentence is what an error says, on one line of a bearable length, without its path and with the user's
// names of files.
func sentence(e errors.Error) string {
	const most = 500
	said := strings.TrimPrefix(e.Error(), strings.Join(e.Path(), ".")+": ")
	said = strings.NewReplacer(root+"/", "", "\n    ", " ", "\n", " ").Replace(said)
	if len(said) > most {
		said = strings.ToValidUTF8(said[:most], "") + "..."
	}
	return cmp.Or(said, "refused without a reason")
}

// place is the user's line an error is about. Of its own positions that is the last literal, for others
// are those of references on the way to it; an error without any is where its path leads to.
func (p pkg) place(e errors.Error, path []string) schema.Position {
	var last, value schema.Position
	for _, pos := range errors.Positions(e) {
		if !p.users(pos) {
			continue
		}
		last = position(pos)
		if p.isLiteral(last) {
			value = last
		}
	}
	switch {
	case value.File != "":
		return value
	case last.File != "":
		return last
	}
	return p.locate(path)
}

// literals are the places where values are written out, with the text of those that are no lists or structs.
func literals(files []*ast.File) map[schema.Position]string {
	places := map[schema.Position]string{}
	for _, file := range files {
		ast.Walk(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportDecl:
				return false
			case *ast.Field:
				places[position(n.Label.Pos())] = "" // a label, though it may look like a value
			case *ast.BasicLit:
				if _, label := places[position(n.Pos())]; !label {
					places[position(n.Pos())] = n.Value
				}
			case *ast.Interpolation, *ast.ListLit, *ast.StructLit:
				places[position(n.Pos())] = ""
			}
			return true
		}, nil)
	}
	return places
}

func (p pkg) isLiteral(at schema.Position) bool {
	_, there := p.literals()[at]
	return there
}

// users tells whether a position lies in a file that the user wrote, not in our module or in a vendored
// one. In our very own repository the module lies among the user's files.
func (p pkg) users(pos token.Pos) bool {
	name, inside := strings.CutPrefix(pos.Filename(), root+"/")
	switch {
	case name == moduleFile, name == localFile:
		return true
	case !inside, strings.HasPrefix(name, "cue.mod/"):
		return false
	}
	return !p.own || !strings.HasPrefix(name, "schema/") && !strings.HasPrefix(name, "providers/")
}

func position(pos token.Pos) schema.Position {
	return schema.Position{File: relative(pos.Filename()), Line: pos.Line(), Column: pos.Column()}
}

func relative(name string) string { return strings.TrimPrefix(name, root+"/") }

// unquote takes labels as CUE writes them.
func unquote(path []string) []string {
	plain := slices.Clone(path)
	for i, label := range path {
		if text, err := literal.Unquote(label); err == nil {
			plain[i] = text
		}
	}
	return plain
}
