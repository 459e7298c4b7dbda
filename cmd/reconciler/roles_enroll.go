package main

import (
	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/reconcile/roles"
)

func (a *app) enrollCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "enroll SERIAL",
		Short: "See whether a peer comes up passive, so that a restart of it is a fence",
		Long: `See whether a peer comes up passive, so that a restart of it is a fence.

You restart the peer, in the way that the fence would: cut its power, or kill it. It must hold every role that
switches something on it, since what is off before a restart proves nothing by being off after it. serve looks that
all of it runs, asks you for the restart, and looks again before it does anything else there. Only if all of it is off
then, it is written down, for this installation, this address and these items; it is dropped when another
installation answers there, or when something runs there after a fence.

Pause the roles meanwhile (reconciler roles pause), or one that takes longer to come up than health.dead is taken for lost.
You have 15 minutes. What comes of it is in the log of serve, and in reconciler roles.`,
		Args: named1("a peer by its serial"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.tellServe("/v1/roles/enroll", attestation{args[0], a.who()}, &roles.Status{}); err != nil {
				return err
			}
			return a.ui.line("%s is looked at. Once serve says so (reconciler roles), restart it.", printable(args[0]))
		},
	}
}
