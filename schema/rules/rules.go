// Package rules holds what must be true across a cluster: each rule has a stable id, a sentence, what to
// do about a breach, and the requirement it comes from. CUE says some of these too, so that an editor
// and plain `cue vet` catch them; but an error in one place hides CUE's rules about another, so the rules
// here are authoritative and a superset.
//
// Transitions are rules about a change from one cluster to the next: what is valid before and after may still
// take two steps.
//
// What only one product knows stands in that product's CUE package, as a rule there.
//
// The package is pure. It knows paths, not lines: schema/load finds the line that the user wrote.
package rules

import (
	"fmt"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Rule is one thing that must be true of a cluster.
type Rule struct {
	ID       string // stable: people and CI filters refer to it
	Sentence string // what must be true
	Remedy   string // what to do where it is not
	Seed     string // the requirements it takes over, or ""
	check    func(*schema.Cluster, report)
}

// report takes a breach: the path of what is wrong, and a sentence about it.
type report func(path []string, format string, args ...any) *breach

// breach is a problem whose lines are not known yet.
type breach schema.Problem

// see names another place that the breach has to do with, and what is there. It is shown only if the
// user wrote it: what is there by default has no line.
func (b *breach) see(path []string, format string, args ...any) {
	b.Related = append(b.Related, schema.Related{Path: path, Message: fmt.Sprintf(format, args...)})
}

// All returns the rules, sorted by id.
func All() []Rule {
	all := slices.Concat(nameRules(), peerRules(), shareRules(), itemRules(), leaveRules(), roleRules(), switchRules(), healthRules(), operateRules())
	slices.SortFunc(all, func(a, b Rule) int { return schema.CompareSerials(a.ID, b.ID) })
	return all
}

// Check returns every breach of every rule, sorted by path; the caller knows the lines.
func Check(c *schema.Cluster) []schema.Problem {
	var breaches []*breach
	for _, rule := range All() {
		rule.check(c, func(path []string, format string, args ...any) *breach {
			b := &breach{Rule: rule.ID, Path: path, Message: fmt.Sprintf(format, args...), Remedy: rule.Remedy}
			breaches = append(breaches, b)
			return b
		})
	}
	return sorted(breaches)
}

func sorted(breaches []*breach) []schema.Problem {
	var problems []schema.Problem
	for _, b := range breaches {
		problems = append(problems, schema.Problem(*b))
	}
	slices.SortStableFunc(problems, schema.CompareProblems)
	return problems
}
