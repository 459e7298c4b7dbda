package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

func (a *app) planCmd() *cobra.Command {
	var detailed, concise bool
	var consent reconcile.PlanOptions
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what apply would change, and change nothing",
		Long: `Show what apply would change, and change nothing.

Every field is compared three ways: what Git wants, what was last applied, what the peer has. So each
change says whether Git moved, or the peer, or both. Without a state (on a fresh CI machine) the
comparison is two-way, and says so.

A configuration that cannot follow what was last applied in one step is refused, as an invalid one is:
one in which a peer or the cluster has another name, or a protected item is gone. What the guards of the
cluster do not allow is shown as held, with how many, the limit and where it is written.`,
		Example: "  reconciler plan\n  reconciler plan -C clusters/mft --detailed-exitcode -o json\n  reconciler plan --target '1001:user/a*'",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			asJSON, err := a.json()
			if err != nil {
				return err
			}
			round, c, err := a.plan(cmd.Context(), planOptions{consent: consent})
			if err != nil {
				return err
			}
			if asJSON {
				err = a.ui.planJSON(round.Plan)
			} else {
				err = a.ui.plan(c, round.Plan, concise)
			}
			if err != nil {
				return err
			}
			return planCode(round.Plan.Summary(), detailed)
		},
	}
	a.clusterFlags(cmd.Flags())
	a.peerFlags(cmd.Flags())
	a.outputFlag(cmd.Flags())
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 if there are changes, or with 6 if a guard refuses some")
	cmd.Flags().BoolVar(&concise, "concise", false, "leave out the fields")
	consentFlags(cmd.Flags(), &consent)
	return cmd
}

type planOptions struct {
	consent reconcile.PlanOptions
	look    bool // what cannot follow the last apply is looked at all the same
}

// plan loads the cluster and compares it with its peers, without holding the state.
func (a *app) plan(ctx context.Context, o planOptions) (*reconcile.Round, loaded, error) {
	c, err := a.load(ctx)
	if err != nil {
		return nil, loaded{}, err
	}
	memory, key, twoWay, err := a.memory()
	if err != nil {
		return nil, loaded{}, err
	}
	if o.look {
		o.consent.Before, err = predecessor(c.Cluster, memory)
	} else {
		o.consent.Before, err = a.follow(ctx, c, memory)
	}
	if err != nil {
		return nil, loaded{}, err
	}
	a.ui.unheeded(c.Cluster)
	progress := a.ui.progress(c.Cluster)
	defer progress.close()
	r, err := a.reconciler(c.Cluster, key, progress.tell)
	if err != nil {
		return nil, loaded{}, err
	}
	o.consent.TwoWay = twoWay
	round, err := r.Plan(ctx, reconcile.Target{Cluster: c.Cluster, Revision: c.revision}, memory, o.consent)
	return round, c, err
}

func planCode(s plan.Summary, detailed bool) error {
	return first(map[int]bool{
		exitHeld:    detailed && s.Refused > 0,
		exitPartly:  s.Unreadable > 0,
		exitChanges: detailed && s.Changes() > 0,
	})
}
