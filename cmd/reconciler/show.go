package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
)

func (a *app) showCmd() *cobra.Command {
	var concise bool
	cmd := &cobra.Command{
		Use:   "show PLANFILE",
		Short: "Show a plan that plan --out saved",
		Long: `Show a plan that plan --out saved, as plan showed it, the consents that were given for it, and whether it
was applied.

No peer is talked to: "reconciler apply PLANFILE" looks whether it still holds. Where the state that it was
made with is not at hand (--state, -C), whether somebody has changed the file cannot be told, and a warning
says so.`,
		Example: "  reconciler show friday.plan\n  reconciler show friday.plan -o json",
		Args:    arguments(1, 1, "name the file of a saved plan; reconciler plan --out FILE writes one"),
		RunE: func(_ *cobra.Command, args []string) error {
			saved, err := readSaved(args[0])
			if err != nil {
				return err
			}
			if err := a.verify(saved); err != nil {
				return err
			}
			c := loaded{Cluster: &schema.Cluster{Name: saved.Plan.Cluster}, revision: saved.Plan.Revision, subject: saved.Subject}
			return a.showPlan(c, saved.Plan, concise, saved)
		},
	}
	a.clusterFlags(cmd.Flags())
	a.planFlags(cmd.Flags())
	cmd.Flags().BoolVar(&concise, "concise", false, "leave out the fields")
	return cmd
}

// verify refuses a plan that was changed, and finds out whether it was applied, as far as that can be told here.
func (a *app) verify(saved *savedPlan) error {
	snapshot, err := store.Read(a.stateDir(), a.lockTimeout)
	switch {
	case errors.Is(err, store.ErrNone), err == nil && saved.file.Foreign(snapshot.Key()):
		a.ui.unverified(saved.name)
		return nil
	case err != nil:
		return err
	}
	_ = errors.As(snapshot.Unspent(saved.ID), &saved.spent) // else it was not applied
	return saved.file.Check(snapshot.Key())
}
