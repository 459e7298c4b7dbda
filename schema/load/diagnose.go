package load

import (
	"slices"
	"strings"

	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"github.com/gitops-reconciler/reconciler/schema"
)

// diagnose turns CUE's errors into problems at the user's own lines.
func (p pkg) diagnose(err error) []schema.Problem {
	var problems []schema.Problem
	for _, e := range errors.Errors(err) {
		problems = append(problems, p.problem(e))
	}
	return foldAlternatives(problems)
}

// foldAlternatives makes one problem of a value that fits none of several alternatives: CUE reports a
// heading, and then a conflict with each of them.
func foldAlternatives(problems []schema.Problem) []schema.Problem {
	var folded []schema.Problem
	heading := -1
	for _, problem := range problems {
		switch {
		case strings.HasSuffix(problem.Message, "errors in empty disjunction:"):
			heading = len(folded)
			problem.Message = "fits none of what is allowed here:"
			folded = append(folded, problem)
		case heading >= 0 && slices.Equal(folded[heading].Path, problem.Path) && problem.Rule == "schema":
			folded[heading].Message += " " + problem.Message + ";"
		default:
			heading = -1
			folded = append(folded, problem)
		}
	}
	for i := range folded {
		folded[i].Message = strings.TrimSuffix(folded[i].Message, ";")
	}
	return folded
}

func (p pkg) problem(e errors.Error) schema.Problem {
	message := strings.TrimPrefix(e.Error(), strings.Join(e.Path(), ".")+": ")
	message = strings.ReplaceAll(message, root+"/", "")
	problem := schema.Problem{Rule: "schema", Path: unquote(e.Path()), Message: message}
	if i := slices.Index(problem.Path, "_rule"); i >= 0 && i+1 < len(problem.Path) {
		problem.Rule = problem.Path[i+1]
		problem.Path = nil // the sentence names it
	}
	if len(e.Path()) == 0 {
		problem.Rule = "syntax"
	}
	problem.At = p.place(e, problem.Path)
	return problem
}

// place is the user's line an error is about: the first of its own positions that lies in the user's
// files, or else what its path leads to there.
func (p pkg) place(e errors.Error, path []string) schema.Position {
	var last schema.Position
	for _, pos := range errors.Positions(e) {
		if p.users(pos) {
			last = position(pos)
		}
	}
	if last.File != "" {
		return last
	}
	return p.locate(path)
}

// users tells whether a position lies in a file that the user wrote, not in our module.
func (p pkg) users(pos token.Pos) bool {
	name := pos.Filename()
	return strings.HasPrefix(name, root+"/") && !strings.HasPrefix(name, root+"/cue.mod/") && !inModule(relative(name))
}

// inModule tells whether a file is one of our own module, as it lies in this very repository.
func inModule(name string) bool {
	return strings.HasPrefix(name, "schema/") || strings.HasPrefix(name, "providers/")
}

func position(pos token.Pos) schema.Position {
	return schema.Position{File: relative(pos.Filename()), Line: pos.Line(), Column: pos.Column()}
}

func relative(name string) string { return strings.TrimPrefix(name, root+"/") }

func unquote(path []string) []string {
	plain := make([]string, len(path))
	for i, label := range path {
		plain[i] = strings.Trim(label, `"`)
	}
	return plain
}
