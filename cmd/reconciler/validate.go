package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/diagnostics"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

func (a *app) validateCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check a cluster's files, without talking to any peer",
		Long: `Check a cluster's files, without talking to any peer.

All problems are reported at once, sorted by place, the first 50 of them in full. As text they are
printed on standard error, one a line, as file:line:column: path: message; remedy [rule], and what else
has to do with one on indented lines below it. The other formats go to standard output: json (see
docs/schema/problems.json), sarif (2.1.0, for code scanning), junit (a test for each rule) and github
(workflow commands, which put each problem at its line). A valid configuration gives a document too.

Items that follow who holds a role are checked as before anybody holds it, and as if some peer did.

"reconciler rules ID" explains a rule. The exit code is 3 if there are problems.

With --against a valid configuration is also compared with the same folder in another commit, such as
the branch that a change goes to: whether it can follow that one in one step. Where that commit has no
cluster there, or is invalid itself, a warning says so, and only the configuration counts.`,
		Example: "  reconciler validate\n  reconciler validate -C clusters/mft --rev origin/main\n  reconciler validate --against origin/main\n  reconciler validate -o sarif > reconciler.sarif",
		Args:    noArguments(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.validate(cmd.Context()) },
	}
	a.clusterFlags(cmd.Flags())
	cmd.Flags().StringVar(&a.against, "against", "", "also check the change from this commit (hash, branch, tag)")
	cmd.Flags().StringVarP(&a.output, "output", "o", "text", "text, "+strings.Join(diagnostics.Formats(), ", "))
	return cmd
}

func (a *app) validate(ctx context.Context) error {
	if a.output == "text" {
		return a.validateText(ctx)
	}
	if !slices.Contains(diagnostics.Formats(), a.output) {
		return failf(exitError, "-o %s: want text, %s", a.output, strings.Join(diagnostics.Formats(), ", "))
	}
	c, problems, err := a.evaluate(ctx, forPrograms())
	if err != nil {
		return err
	}
	report := diagnostics.Report{Problems: problems, Rules: load.Rules(), Version: version()}
	if c.Cluster != nil {
		report.Cluster, report.Product = c.Name, c.Provider.Name
		report.Problems, report.Against, err = a.change(ctx, c, forPrograms())
	}
	if err != nil {
		return err
	}
	return a.ui.document(a.output, report)
}

func (a *app) validateText(ctx context.Context) error {
	c, err := a.load(ctx)
	if err != nil {
		return err
	}
	problems, against, err := a.change(ctx, c, forPeople)
	switch {
	case err != nil:
		return err
	case len(problems) > 0:
		return a.ui.refused(against, problems)
	}
	return a.ui.valid(c, against)
}
