package rules

import (
	"regexp"

	"github.com/gitops-reconciler/reconciler/schema"
)

func nameRules() []Rule {
	return []Rule{
		{"name-form", "Serials and names are of letters, digits and dashes.", "rename it", "CLEO-14", nameForm},
	}
}

// nameForm draws the lines where #Serial and #Name do in CUE, which says no more of a label beyond them than
// that the field is not allowed.
func nameForm(c *schema.Cluster, report report) {
	serial := regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$`)
	for s := range c.Peers {
		if !serial.MatchString(s) {
			report(path("peers", s), "%q is no serial: letters, digits and, between them, dashes, as in 1001 or HC-2", s)
		}
	}
	for _, field := range []struct {
		name  string
		names []string
	}{
		{"groups", names(c.Groups)},
		{"roles", names(c.Roles)},
		{"windows", names(c.Windows)},
		{"hooks", names(c.Hooks)},
		{"notify", names(c.Notify)},
	} {
		for _, n := range field.names {
			if !regexp.MustCompile(`^[a-z][a-zA-Z0-9-]*$`).MatchString(n) {
				report(path(field.name, n), "%q is no name: a letter a-z, then letters, digits or dashes", n)
			}
		}
	}
}
