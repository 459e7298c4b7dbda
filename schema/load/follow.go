package load

import (
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// A configuration that refers to who holds what is evaluated more than once: before anybody holds anything, and with
// what the input says, or else with two states that it may come to. All but the bodies of items must be the same: so whoever
// holds what, the peers and the roles are the same, and a commit that removes a holder is valid. That is decided from
// what comes out, so no way to refer to it gets past. What the files say at a place where it is never right is found
// in the syntax too, since no supposed state does bring every condition about.

// loadFollowing is Load for files that refer to who holds what.
func loadFollowing(in Input) Result {
	before := loadFiles(in)
	if before.read == nil {
		return before
	}
	found := in.misread(before.read)
	if so := in.Active.of(before.read); len(so) > 0 {
		return in.compared(before, []Active{so}, ", as ", found)
	}
	result := in.compared(before, supposed(before.read), ", once ", found)
	if result.Cluster != nil {
		result.Cluster = before.Cluster // nobody holds anything
	}
	return result
}

// compared is what files say in the last of some states, if they are right there, in all of them and before anybody
// holds anything, and if only bodies differ.
func (in Input) compared(before Result, states []Active, how string, found []schema.Problem) Result {
	then, follow := before, map[schema.Key]bool{}
	for _, in.so = range states {
		then = loadFiles(in)
		switch {
		case before.Cluster == nil:
			return failed(unhandled(found, before.Problems, then.Problems))
		case then.Cluster == nil:
			return failed(slices.Concat(found, qualified(then.Problems, how+in.so.words())))
		}
		found = apart(found, in.dependent(before.Cluster, then.Cluster))
		followers(follow, before.Cluster, then.Cluster)
	}
	if found = append(found, before.Problems...); len(found) > 0 {
		return failed(found)
	}
	return Result{Cluster: then.Cluster, Follow: slices.SortedFunc(maps.Keys(follow), byKind)}
}

// qualified are problems that there are under a condition.
func qualified(problems []schema.Problem, when string) []schema.Problem {
	for i := range problems {
		problems[i].Message += when
	}
	return problems
}

// apart adds problems that are on no line of those that are there.
func apart(there, more []schema.Problem) []schema.Problem {
	for _, problem := range more {
		sameLine := func(p schema.Problem) bool { return p.At.File == problem.At.File && p.At.Line == problem.At.Line }
		if !slices.ContainsFunc(there, sameLine) {
			there = append(there, problem)
		}
	}
	return there
}

// unhandled are problems before anybody holds anything, and those found already. What is none any more once
// somebody does comes from a reader without a default.
func unhandled(found, before, then []schema.Problem) []schema.Problem {
	var rest, lacking []schema.Problem
	for _, problem := range before {
		stays := slices.ContainsFunc(then, func(p schema.Problem) bool { return p.String() == problem.String() })
		if stays || problem.Rule != "schema" && problem.Rule != "syntax" {
			rest = append(rest, problem)
			continue
		}
		lacking = append(lacking, lack(problem))
	}
	slices.SortStableFunc(lacking, func(a, b schema.Problem) int { return len(b.Path) - len(a.Path) }) // CUE says some twice
	return append(apart(found, lacking), rest...)
}

// lack is what a problem is that there is only as long as nobody holds anything.
func lack(problem schema.Problem) schema.Problem {
	switch {
	case len(problem.Path) > 1 && !inBody(problem.Path):
		return itemsOnly(problem.Path, problem.At)
	case !strings.Contains(problem.Message, isNotThere) && !strings.Contains(problem.Message, "undefined field"):
		problem.Message += ", as long as nobody holds anything"
		return problem
	}
	return schema.Problem{
		Rule: "active-default", Path: problem.Path, At: problem.At,
		Message: "this reads who holds what, and nobody holds anything before the first round",
		Remedy:  `write a default, as in *cluster.active.ROLE.host | "10.0.0.1"`,
	}
}

func itemsOnly(path []string, at schema.Position) schema.Problem {
	return schema.Problem{
		Rule: "active-items-only", Path: path, At: at,
		Message: "this depends on who holds what, which only the body of an item may",
		Remedy:  "write here what holds whoever holds the role, and refer to cluster.active within the body of an item",
	}
}

// inBody tells whether a path leads to the body of an item, or into it.
func inBody(path []string) bool {
	if len(path) > 3 && (path[1] == "peers" || path[1] == "groups") {
		path = path[2:]
	}
	return len(path) > 3 && path[1] == "items"
}
