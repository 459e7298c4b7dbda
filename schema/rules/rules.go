// Package rules holds what must be true across a cluster: each rule has a stable id, a sentence and the
// requirement it comes from. CUE says some of these too, so that an editor and plain `cue vet` catch
// them; but an error in one place hides CUE's rules about another, so the rules here are authoritative
// and a superset.
//
// The package is pure. It knows paths, not lines: schema/load finds the line that the user wrote.
package rules

import (
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Rule is one thing that must be true of a cluster.
type Rule struct {
	ID       string // stable: people and CI filters refer to it
	Sentence string // what must be true
	Seed     string // the requirement it takes over, or ""
	check    func(*schema.Cluster, report)
}

// report takes a breach: the path of what is wrong, and a sentence that says so and what to do.
type report func(path []string, format string, args ...any)

// All returns the rules, sorted by id.
func All() []Rule {
	return []Rule{
		{"item-kind-exists", "An item's kind is one that the provider has.", "", itemKindExists},
		{"item-secret-reference", "A secret in an item is a reference, never the secret itself.", "", itemSecretReference},
		{"name-form", "Serials and names of groups are of letters, digits and dashes.", "", nameForm},
		{"peer-address-callable", "A peer's address is one that can be called.", "", peerAddressCallable},
		{"peer-address-unique", "No two peers have the same address.", "", peerAddressUnique},
		{"peer-group-exists", "A peer's group is declared.", "", peerGroupExists},
		{"peer-serial-unique", "No two serials differ only in letter case.", "CLEO-13", peerSerialUnique},
		{"share-needs", "A class is shared only together with the classes it needs.", "CLEO-34, CLEO-35, CLEO-36, CLEO-38", shareNeeds},
	}
}

// Check returns every breach of every rule, in no particular order of place: the caller knows the lines.
func Check(c *schema.Cluster) []schema.Problem {
	var problems []schema.Problem
	for _, rule := range All() {
		rule.check(c, func(path []string, format string, args ...any) {
			problems = append(problems, problem(rule, path, format, args))
		})
	}
	slices.SortStableFunc(problems, schema.CompareProblems)
	return problems
}
