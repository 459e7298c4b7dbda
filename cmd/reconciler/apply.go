package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// consentFlags are the consents that a user can give. Ids may have commas, so --replace takes one at a time.
func consentFlags(flags *pflag.FlagSet, consent *reconcile.PlanOptions) {
	flags.StringSliceVar(&consent.TakeOver, "take-over", nil,
		"serials of peers on which Git wins where a change would be held: on first contact and in conflicts")
	flags.StringArrayVar(&consent.Replace, "replace", nil,
		"KIND/ID, with * for any text, of items that may be deleted and made anew; may be given several times")
	overrideFlags(flags, &consent.Overrides)
	targetFlags(flags, &consent.Targeting)
}

func (a *app) applyCmd() *cobra.Command {
	var approved bool
	var consent reconcile.PlanOptions
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Make the peers equal to what Git wants",
		Long: `Make the peers equal to what Git wants.

The plan is shown first, and carried out only with consent: a yes at the terminal, or --auto-approve.
A configuration that cannot follow what was last applied in one step is refused, as an invalid one is.
Everything written is read back. An item that fails stops those that refer to it, and no others. A peer
that cannot be reached does not hold up the others, and gets what it is owed when apply runs again.
What the guards do not allow (guards.deletes, updates, protect, prune) is held, and nothing else: the rest
is applied, and the exit code is 6. A run that goes beyond a guard says so in its report, with who and why.
Interrupted, apply finishes what is under way, reports, and can simply be run again; interrupted twice,
it stops at once, and can be run again all the same.`,
		Example: "  reconciler apply\n  reconciler apply --auto-approve --take-over 1003",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			asJSON, err := a.json()
			if err != nil {
				return err
			}
			return a.apply(cmd.Context(), applyOptions{approved: approved, json: asJSON, consent: consent})
		},
	}
	a.clusterFlags(cmd.Flags())
	a.peerFlags(cmd.Flags())
	a.outputFlag(cmd.Flags())
	cmd.Flags().BoolVar(&approved, "auto-approve", false, "do not ask")
	consentFlags(cmd.Flags(), &consent)
	return cmd
}

type applyOptions struct {
	approved, json bool
	consent        reconcile.PlanOptions
}

// apply holds the state from before it reads the peers until it has recorded what they hold.
func (a *app) apply(ctx context.Context, o applyOptions) (err error) {
	if err := a.account(&o.consent.Overrides); err != nil {
		return err
	}
	c, err := a.load(ctx)
	if err != nil {
		return err
	}
	s, err := store.Open(a.stateDir(), a.holder("apply"), a.lockTimeout)
	if err != nil {
		return err
	}
	defer func() {
		if closed := s.Close(); closed != nil {
			err = errors.Join(err, closed)
		}
	}()
	if o.consent.Before, err = a.follow(ctx, c, s); err != nil {
		return err
	}
	a.ui.unheeded(c.Cluster)
	progress := a.ui.progress(c.Cluster)
	defer progress.close()
	r, err := a.reconciler(c.Cluster, s.Key(), progress.tell)
	if err != nil {
		return err
	}
	round, err := r.Plan(ctx, reconcile.Target{Cluster: c.Cluster, Revision: c.revision}, s, o.consent)
	if err != nil {
		return err
	}
	progress.close()
	if err := a.consent(ctx, c, round, o); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, progress.interrupted)
	report, err := r.Apply(ctx, round, s)
	stop()
	progress.close()
	if printed := a.ui.report(report, o.json); err == nil {
		err = printed
	}
	if err == nil {
		err = applyCode(report)
	}
	return err
}

// consent shows the plan, and asks where there is something to ask.
func (a *app) consent(ctx context.Context, c loaded, round *reconcile.Round, o applyOptions) error {
	if !o.json {
		if err := a.ui.plan(c, round.Plan, false); err != nil {
			return err
		}
	}
	s := round.Plan.Summary()
	if o.approved || s.Changes() == s.Held {
		return nil
	}
	if !a.terminal.in || o.json {
		return failf(exitError, "apply asks before it writes, and there is no terminal to ask at: add --auto-approve")
	}
	return a.ui.ask(ctx, a.stdin, s.Changes()-s.Held)
}

func applyCode(r reconcile.Report) error {
	n := r.Counts()
	return first(map[int]bool{
		exitInterrupted: r.Interrupted,
		exitConflicts:   n.Conflicts > 0,
		exitHeld:        n.Held > n.Conflicts,
		exitPartly:      n.Failed+n.NotAttempted+n.Problems > 0,
	})
}
