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
		{"health", watched(c)},
		{"rollout", c.Rollout.Peers != nil && c.Rollout.Peers != "all"},
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

// watched tells whether something was said of health; the presets that products start from do not count.
func watched(c *schema.Cluster) bool {
	for _, group := range c.Groups {
		if group.Health != (schema.Health{}) {
			return true
		}
	}
	for _, peer := range c.Peers {
		if peer.Health != (schema.Health{}) {
			return true
		}
	}
	return c.Health.Listen != ""
}
