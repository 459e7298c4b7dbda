package main

import (
	"cmp"
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
		Use:   "apply [PLANFILE]",
		Short: "Make the peers equal to what Git wants",
		Long: `Make the peers equal to what Git wants.

The plan is shown first, and carried out only with consent: a yes at the terminal, or --auto-approve.
A configuration that cannot follow what was last applied in one step is refused, as an invalid one is.
What a peer holds is kept before it is overwritten (see history and rollback). Everything written is read
back. An item that fails stops those that refer to it, and no others. A peer
that cannot be reached does not hold up the others, and gets what it is owed when apply runs again.
What the guards do not allow (guards.deletes, updates, protect, prune) is held, and nothing else: the rest
is applied, and the exit code is 6. A run that goes beyond a guard says so in its report, with who and why.
Interrupted, apply finishes what is under way, reports, and can simply be run again; interrupted twice,
it stops at once, and can be run again all the same.

With a PLANFILE that plan --out wrote, exactly what that plan said is applied, and nobody is asked: it was
seen when it was made. The commit is the plan's own, unless --rev names another. Every item that the plan
touches must still be as it was: wanted as the plan says, and on the peer as the plan says. If one is not,
nothing is applied, what moved is named, and the exit code is 5. What else has moved, in Git or on a peer,
does not matter, and is not applied. A plan is applied once, by the state that it was made with.`,
		Example: "  reconciler apply\n  reconciler apply --auto-approve --take-over 1003\n  reconciler apply friday.plan",
		Args:    arguments(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := applyOptions{command: "apply", approved: approved, consent: consent}
			if len(args) > 0 {
				if err := a.openSaved(&o, args[0]); err != nil {
					return err
				}
			}
			return a.apply(cmd.Context(), o)
		},
	}
	a.clusterFlags(cmd.Flags())
	a.peerFlags(cmd.Flags())
	a.planFlags(cmd.Flags())
	a.eventsFlag(cmd.Flags())
	a.keepFlag(cmd.Flags())
	cmd.Flags().BoolVar(&approved, "auto-approve", false, "do not ask")
	consentFlags(cmd.Flags(), &consent)
	return cmd
}

type applyOptions struct {
	command  string // apply, or rollback
	approved bool
	consent  reconcile.PlanOptions
	saved    *savedPlan // nil: the plan is made now

	// back finds what is to be put back; nil in an apply, which has to follow the last one.
	back func(loaded, *store.History) (*reconcile.Rollback, error)
}

// apply holds the state from before it reads the peers until it has recorded what they hold.
func (a *app) apply(ctx context.Context, o applyOptions) (err error) {
	if err := a.answer(o.saved, &o.consent.Overrides); err != nil {
		return err
	}
	c, err := a.load(ctx)
	if err != nil {
		return err
	}
	s, err := store.Open(a.stateDir(), a.holder(o.command), a.lockTimeout)
	if err != nil {
		return err
	}
	defer func() {
		if closed := s.Close(); closed != nil {
			err = errors.Join(err, closed)
		}
	}()
	if err := a.current(o.saved, c, s); err != nil {
		return err
	}
	if err := a.lead(ctx, c, s, &o); err != nil {
		return err
	}
	if c, err = a.seat(ctx, c, s, &o.consent.Targeting); err != nil {
		return err
	}
	progress := a.ui.progress(c.Cluster)
	defer progress.close()
	r, err := a.reconciler(c.Cluster, s.Key(), a.told(c, progress))
	if err != nil {
		return err
	}
	round, err := r.Plan(ctx, reconcile.Target{Cluster: c.Cluster, Revision: c.revision}, s, o.consent)
	if err != nil {
		return err
	}
	defer round.Close()
	progress.close()
	if err := a.agree(ctx, c, r, round, s, o); err != nil {
		return err
	}
	journal, err := a.journal(s.History(), c, o, round.Plan)
	if err != nil {
		return err
	}
	r.Keep = journal.keep()
	stop := context.AfterFunc(ctx, progress.interrupted)
	report, err := r.Apply(ctx, round, s)
	stop()
	err = errors.Join(err, journal.end(report.Ended, report, report.Counts()))
	progress.close()
	return cmp.Or(err, a.showReport(report), applyCode(report))
}

// lead finds what the run is to lead to: what is desired, if that can follow what was last applied, or what
// was there once.
func (a *app) lead(ctx context.Context, c loaded, s *store.Store, o *applyOptions) (err error) {
	if o.back != nil {
		o.consent.Rollback, err = o.back(c, s.History())
		return err
	}
	if o.consent.Before, err = a.follow(ctx, c, s); err != nil {
		return err
	}
	a.ui.unheeded(c.Cluster)
	return nil
}

// consent shows the plan, and asks where there is something to ask.
func (a *app) consent(ctx context.Context, c loaded, round *reconcile.Round, o applyOptions) error {
	a.record.plan(round.Plan, nil)
	if a.output == asText || a.output == asGitHub {
		if err := a.ui.plan(c, round.Plan, false); err != nil {
			return err
		}
	}
	s := round.Plan.Summary()
	if o.approved || o.saved != nil || s.Changes() == s.Held {
		return nil
	}
	if !a.terminal.in || a.output != asText {
		return failf(exitError, "%s asks before it writes, and there is no terminal to ask at: add --auto-approve", o.command)
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
