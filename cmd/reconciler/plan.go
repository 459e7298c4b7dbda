package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

func (a *app) planCmd() *cobra.Command {
	var detailed, concise bool
	var out string
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
cluster do not allow is shown as held, with how many, the limit and where it is written.

With --out the plan is also saved, with the consents that were given, to be applied later as it is
("reconciler apply --help" says when it is refused). The file holds no secrets, only its owner may read it,
and it is signed with the key of the state, which is made if there is none.`,
		Example: "  reconciler plan\n  reconciler plan -C clusters/mft --detailed-exitcode -o json\n  reconciler plan --target '1001:user/a*'",
		Args:    noArguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			round, c, err := a.plan(cmd.Context(), planOptions{consent: consent, out: out})
			if err != nil {
				return err
			}
			if err := a.showPlan(c, round.Plan, concise, nil); err != nil {
				return err
			}
			return planCode(round.Plan.Summary(), detailed)
		},
	}
	a.clusterFlags(cmd.Flags())
	a.peerFlags(cmd.Flags())
	a.planFlags(cmd.Flags())
	a.eventsFlag(cmd.Flags())
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 if there are changes, or with 6 if a guard refuses some")
	cmd.Flags().BoolVar(&concise, "concise", false, "leave out the fields")
	cmd.Flags().StringVar(&out, "out", "", "also save the plan to this file, for apply FILE and show FILE")
	consentFlags(cmd.Flags(), &consent)
	return cmd
}

type planOptions struct {
	consent reconcile.PlanOptions
	out     string // the file to save the plan to, or ""
	look    bool   // what cannot follow the last apply is looked at all the same
}

// plan loads the cluster and compares it with its peers, without holding the state.
func (a *app) plan(ctx context.Context, o planOptions) (*reconcile.Round, loaded, error) {
	if o.out != "" {
		if err := a.account(&o.consent.Overrides); err != nil {
			return nil, loaded{}, err
		}
	}
	c, err := a.load(ctx)
	if err != nil {
		return nil, loaded{}, err
	}
	if err := a.keyed(o.out); err != nil {
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
	if c, err = a.seat(ctx, c, memory, &o.consent.Targeting); err != nil {
		return nil, loaded{}, err
	}
	progress := a.ui.progress(c.Cluster)
	defer progress.close()
	r, err := a.reconciler(c.Cluster, key, a.told(c, progress))
	if err != nil {
		return nil, loaded{}, err
	}
	o.consent.TwoWay = twoWay
	round, err := r.Plan(ctx, reconcile.Target{Cluster: c.Cluster, Revision: c.revision}, memory, o.consent)
	progress.close() // it takes back what stands below its bars
	if err != nil {
		return nil, loaded{}, err
	}
	round.Close() // it is looked at, and not carried out
	if o.out != "" {
		err = a.save(r, round, c, o.out)
	}
	return round, c, err
}

func planCode(s plan.Summary, detailed bool) error {
	return first(map[int]bool{
		exitHeld:    detailed && s.Refused > 0,
		exitPartly:  s.Unreadable > 0,
		exitChanges: detailed && s.Changes() > 0,
	})
}
