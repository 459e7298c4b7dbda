package main

import (
	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/schema/load"
)

// evaluateName is the command that this program starts itself with to evaluate CUE under limits.
const evaluateName = "internal-evaluate"

func (a *app) evaluateCmd() *cobra.Command {
	return &cobra.Command{
		Use:    evaluateName,
		Short:  "Evaluate the files on standard input (for this program's own use)",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return load.Serve(a.stdin, a.stdout)
		},
	}
}
