package main

import (
	"maps"
	"slices"
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
		{"authority", elsewhere(c.Authority)},
		{"drift", c.Drift != "" && c.Drift != "restore"},
		{"version", c.Version.Is != ""},
		{"rollout", c.Rollout.Peers != nil && c.Rollout.Peers != "all"},
		{"windows", len(c.Windows) > 0},
		{"hooks", hooked(c.Hooks)},
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

// hooked tells whether there are hooks for anything but to fence peers.
func hooked(hooks map[string]schema.Hook) bool {
	for _, hook := range hooks {
		if len(hook.On) != 1 || hook.On[0] != "fence" {
			return true
		}
	}
	return false
}

// unkept says that nobody keeps the roles: what they switch is then applied as it is written, on every peer.
func (u *ui) unkept(c *schema.Cluster) {
	switches := func(r schema.Role) bool { return len(r.Runs) > 0 }
	if slices.ContainsFunc(slices.Collect(maps.Values(c.Roles)), switches) {
		u.note("note: nobody keeps the roles of this cluster yet, so that what they switch is left as it is written: reconciler serve keeps them")
	}
}
