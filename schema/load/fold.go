package load

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// One mistake is one problem. The functions here leave out what only repeats another problem.

// What CUE says of a field that its schema does not have, and of one that it demands.
const (
	notAllowed = "field not allowed"
	notPresent = "field is required but not present"
)

// foldAlternatives makes one problem of a value that fits none of several alternatives: CUE reports a
// heading, and then a conflict with each of them.
func foldAlternatives(problems []finding) []finding {
	var folded []finding
	var heading []string
	for _, problem := range problems {
		last := len(folded) - 1
		headed := strings.HasSuffix(problem.Message, "errors in empty disjunction:")
		switch {
		case headed && heading != nil && under(heading, problem.Path): // what follows belongs to the first, too
		case headed:
			heading = problem.Path
			problem.Message = "fits none of what is allowed here:"
			folded = append(folded, problem)
		case heading != nil && problem.Rule == "schema" && under(heading, problem.Path):
			folded[last].Message += " " + within(heading, problem.Problem) + ";"
			folded[last].said.choices = append(folded[last].said.choices, problem)
		default:
			heading = nil
			folded = append(folded, problem)
		}
	}
	for i := range folded {
		folded[i].Message = strings.TrimSuffix(folded[i].Message, ";")
	}
	return oneForEachPath(folded)
}

// within is the message of a problem somewhere below a path.
func within(path []string, problem schema.Problem) string {
	if rest := problem.Path[len(path):]; len(rest) > 0 {
		return schema.JoinPath(rest) + ": " + problem.Message
	}
	return problem.Message
}

// oneForEachPath keeps one of the problems that the schema has with a value. What a rule has with it is
// another problem.
func oneForEachPath(problems []finding) []finding {
	kept := map[string]int{}
	var all []finding
	for _, problem := range problems {
		at := schema.JoinPath(problem.Path)
		if i, told := kept[at]; told && problem.Rule == "schema" {
			all[i] = rather(all[i], problem)
			continue
		}
		if problem.Rule == "schema" {
			kept[at] = len(all)
		}
		all = append(all, problem)
	}
	return all
}

// rather is the first of two problems with one value; but rather one that names a cause than one that
// lists what would be allowed, since two values for one field fit no alternative either. What stands for
// a secret is not repeated: it may be one.
func rather(first, second finding) finding {
	const list, secret = "fits none", "never the secret itself"
	if first.Message == second.Message {
		return first
	}
	if strings.Contains(first.Message+second.Message, secret) {
		first.Message = "two values for one secret; write one reference (env:NAME or file:PATH), " + secret
		first.said = complaint{}
		return first
	}
	if strings.HasPrefix(first.Message, list) && !strings.HasPrefix(second.Message, list) {
		return second
	}
	return first
}

// join adds the rules' problems to the schema's. A rule has nothing to add where a value is wrong in
// itself; but it knows better why a field is not allowed.
func join(found, broken []schema.Problem) []schema.Problem {
	wrong := map[string]bool{}
	for _, problem := range found {
		if problem.Rule == "schema" && problem.Message != notAllowed {
			wrong[schema.JoinPath(problem.Path)] = true
		}
	}
	found = slices.DeleteFunc(found, explained(broken))
	for _, problem := range broken {
		isWrong := func(i int) bool { return wrong[schema.JoinPath(problem.Path[:i])] }
		if !slices.ContainsFunc(lengths(problem.Path), isWrong) {
			found = append(found, problem)
		}
	}
	return found
}

// explained tells of a field that is not allowed whether a rule says why: of the field itself, or of the
// name of the peer or group that it is in.
func explained(broken []schema.Problem) func(schema.Problem) bool {
	fields, names := map[string]bool{}, map[string]bool{}
	for _, problem := range broken {
		fields[schema.JoinPath(problem.Path)] = true
		names[schema.JoinPath(problem.Path)] = problem.Rule == "name-form"
	}
	return func(p schema.Problem) bool {
		return p.Message == notAllowed &&
			(fields[schema.JoinPath(p.Path)] || len(p.Path) > 3 && names[schema.JoinPath(p.Path[:3])])
	}
}

// lengths are those of a path and of the paths above it.
func lengths(path []string) []int {
	all := make([]int, 0, len(path))
	for i := range path {
		all = append(all, i+1)
	}
	return all
}

// foldPatterns makes one problem of what a line that holds for many peers or items does wrong with each of
// them.
func foldPatterns(problems []schema.Problem) []schema.Problem {
	type cause struct {
		at                   schema.Position
		rule, message, field string
	}
	first, more := map[cause]int{}, map[int]int{}
	var all []schema.Problem
	same := func(a, b schema.Problem) bool { return a.String() == b.String() }
	for _, p := range slices.CompactFunc(problems, same) {
		c := cause{p.At, p.Rule, p.Message, ""}
		if len(p.Path) > 0 {
			c.field = p.Path[len(p.Path)-1]
		}
		if i, told := first[c]; told {
			more[i]++
			continue
		}
		first[c] = len(all)
		all = append(all, p)
	}
	for i, n := range more {
		all[i].Message += fmt.Sprintf(" (this line does so %d times)", n+1)
	}
	return all
}

// under tells whether path is prefix, or leads on from it.
func under(prefix, path []string) bool {
	return len(path) >= len(prefix) && slices.Equal(path[:len(prefix)], prefix)
}
