package main

import (
	"fmt"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/diagnostics"
	"github.com/gitops-reconciler/reconciler/schema"
)

// problems prints what is wrong with the configuration, for people.
func (u *ui) problems(problems []schema.Problem) error {
	_, _ = fmt.Fprint(u.err, diagnostics.Text(problems)) // where standard error is gone, nobody is there to tell
	return u.invalid(len(problems))
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
	if len(r.Problems) > 0 {
		return u.invalid(len(r.Problems))
	}
	return nil
}

// valid says that a cluster keeps every rule.
func (u *ui) valid(c loaded) error {
	items := 0
	for _, bodies := range c.Items {
		items += len(bodies)
	}
	return u.line("%s: valid: %s of %s, %s at cluster scope", c.Name, count(len(c.Peers), "peer"), c.Provider.Name, count(items, "item"))
}
