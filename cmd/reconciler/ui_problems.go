package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/diagnostics"
	"github.com/gitops-reconciler/reconciler/schema"
)

// problems prints what is wrong with the configuration, for people.
func (u *ui) problems(problems []schema.Problem) error {
	_, _ = fmt.Fprint(u.err, diagnostics.Text(problems)) // where standard error is gone, nobody is there to tell
	return u.invalid(len(problems))
}

// refused prints what keeps a valid configuration from following another one.
func (u *ui) refused(before string, problems []schema.Problem) error {
	_, _ = fmt.Fprint(u.err, diagnostics.Text(problems)) // where standard error is gone, nobody is there to tell
	return u.noChange(before, len(problems))
}

func (u *ui) noChange(before string, problems int) error {
	u.note("%s", paint(u.errColor, red, fmt.Sprintf("The change from %s is refused: %s.", before, count(problems, "problem"))))
	return exit{code: exitInvalid}
}

func (u *ui) invalid(problems int) error {
	u.note("%s", paint(u.errColor, red, fmt.Sprintf("The configuration is invalid: %s.", count(problems, "problem"))))
	return exit{code: exitInvalid}
}

// document prints what is wrong with the configuration, or that nothing is, in a format for programs.
func (u *ui) document(format string, r diagnostics.Report) error {
	document, err := diagnostics.Encode(format, r)
	if err != nil {
		return err
	}
	if _, err := u.out.Write(document); err != nil {
		return err
	}
	switch {
	case len(r.Problems) == 0:
		return nil
	case r.Against != "":
		return u.noChange(r.Against, len(r.Problems))
	default:
		return u.invalid(len(r.Problems))
	}
}

// valid says that a cluster keeps every rule, also those about the change from another commit, if any.
func (u *ui) valid(c loaded, against string) error {
	items := 0
	for _, bodies := range c.Items {
		items += len(bodies)
	}
	if loose := bestEffort(c.Roles); len(loose) > 0 {
		u.note("note: after a time-out two peers may hold these roles for a while (best-effort): %s", strings.Join(loose, ", "))
	}
	follows := ""
	if against != "" {
		follows = ", and may follow " + against
	}
	return u.line("%s: valid: %s of %s, %s at cluster scope%s", c.Name, count(len(c.Peers), "peer"), c.Provider.Name, count(items, "item"), follows)
}

// bestEffort are the roles that nothing keeps from having two holders. That is no problem where their work
// may be done twice; but a product may have chosen it, and nobody have read so.
func bestEffort(roles map[string]schema.Role) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		if role := roles[name]; role.Fencing == "best-effort" && role.Failover {
			names = append(names, name)
		}
	}
	return names
}
