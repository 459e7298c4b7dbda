package main

import "github.com/spf13/cobra"

func (a *app) validateCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check a cluster's files, without talking to any peer",
		Long: `Check a cluster's files, without talking to any peer.

Problems are printed on standard error, one a line, as file:line:column: path: sentence [rule].
The exit code is 3 if there are any.`,
		Example: "  reconciler validate\n  reconciler validate -C clusters/mft --rev origin/main",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load(cmd.Context())
			if err != nil {
				return err
			}
			return a.ui.valid(c)
		},
	}
	a.clusterFlags(cmd.Flags())
	return cmd
}
