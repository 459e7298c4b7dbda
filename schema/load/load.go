// Package load turns files of CUE into a cluster, or into problems at the lines that people wrote.
//
// Load is a plain function of the files it is given: no disk, no network, no environment. Because an
// evaluation of CUE cannot be interrupted, and eight lines can keep it busy for ever, programs do not
// call it directly: Child runs it in a process of its own under limits of memory and time, and Cache
// remembers what came out under the hash of what went in.
//
// It is the only package that evaluates CUE. It must not decide what to do about a cluster.
package load

import (
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/rules"
)

// Result is a cluster that keeps every rule, or the problems that keep it from being one. File names in
// problems are relative to the root of the files.
type Result struct {
	Cluster  *schema.Cluster  `json:"cluster,omitempty"` // nil where there are problems
	Problems []schema.Problem `json:"problems,omitempty"`
}

// Load evaluates the package in the folder in.Dir, which must have a field `cluster`. It reports all
// problems at once, sorted by place.
func Load(in Input) Result {
	p, problems := build(in)
	if problems != nil {
		return failed(problems)
	}
	found := p.diagnose(p.validate())
	cluster, err := p.decode()
	if err != nil {
		if len(found) == 0 {
			found = append(found, schema.Problem{Rule: "schema", Path: []string{"cluster"}, Message: err.Error(), At: p.locate([]string{"cluster"})})
		}
		return failed(found)
	}
	found = slices.DeleteFunc(found, saidInGo)
	found = append(found, p.complete(cluster)...)
	for _, problem := range append(rules.Check(cluster), checkProvider(cluster.Provider)...) {
		problem.At = p.locate(problem.Path)
		found = append(found, problem)
	}
	if len(found) > 0 {
		return failed(found)
	}
	return Result{Cluster: cluster}
}

func failed(problems []schema.Problem) Result {
	slices.SortStableFunc(problems, schema.CompareProblems)
	return Result{Problems: slices.CompactFunc(problems, func(a, b schema.Problem) bool { return a.String() == b.String() })}
}

// saidInGo tells whether a rule that CUE found broken is checked again in Go, in better words.
func saidInGo(p schema.Problem) bool {
	return slices.ContainsFunc(rules.All(), func(r rules.Rule) bool { return r.ID == p.Rule })
}

// checkProvider finds what CUE cannot say of a definition.
func checkProvider(p schema.Provider) []schema.Problem {
	if _, err := p.Levels(); err != nil {
		return []schema.Problem{{Rule: "kind-after-circle", Path: []string{"cluster"}, Message: p.Name + ": " + err.Error()}}
	}
	return nil
}
