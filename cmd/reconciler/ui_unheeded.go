package main

import (
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// unheeded says which declarations this version only checks: an operator must not believe that they are
// in force.
func (u *ui) unheeded(c *schema.Cluster) {
	var names []string
	for _, field := range []struct {
		name     string
		declared bool
	}{
		{"roles", len(c.Roles) > 0},
		{"authority", elsewhere(c.Authority)},
		{"drift", c.Drift != "" && c.Drift != "restore"},
		{"version", c.Version.Is != ""},
		{"guards.protect", len(c.Guards.Protect) > 0},
		{"guards.prune", pruned(c.Guards.Prune)},
		{"windows", len(c.Windows) > 0},
		{"hooks", len(c.Hooks) > 0},
		{"notify", len(c.Notify) > 0},
	} {
		if field.declared {
			names = append(names, field.name)
		}
	}
	if len(names) > 0 {
		u.note("note: declared, and not yet acted upon by this version: %s", strings.Join(names, ", "))
	}
}

// elsewhere tells whether changes of some class may be made elsewhere than in Git.
func elsewhere(authority map[string]string) bool {
	for _, by := range authority {
		if by != "git" {
			return true
		}
	}
	return false
}

// pruned tells whether some class is pruned otherwise than by default.
func pruned(prune map[string]string) bool {
	for _, how := range prune {
		if how != "owned" {
			return true
		}
	}
	return false
}
