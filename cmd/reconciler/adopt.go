package main

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/adopt"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// adoptOptions say what is to be taken over, and how.
type adoptOptions struct {
	scope, out          string
	approved, deletions bool
}

func (a *app) adoptCmd() *cobra.Command {
	var o adoptOptions
	cmd := &cobra.Command{
		Use:   "adopt [PEER:]KIND/ID...",
		Short: "Take over into the files what peers were changed to",
		Long: `Take over into the files what peers were changed to, and change nothing on them.

What plan shows as changed on the peer is written where the files say otherwise, literal by literal;
comments, order and layout stay. Named without *, an item is also taken over where it is foreign, in
conflict, or different on first contact. An item that was deleted on the peer is taken out of the files only
with --deletions, and never where more are gone than guards.deletes allows.

A field is changed at the scope at which it is written, so that other peers may get it too: it says which.
--scope peer writes it at the peer alone. A value that is no literal (a reference, a template, a pattern) is
not changed; a patch for the peer is proposed instead, as a file that would say it, which --out writes. Secrets
are never adopted.

The difference is shown first, and written with consent: a yes at the terminal, or --auto-approve. What is
written is evaluated before, and says exactly what was taken over, or nothing is written. Nothing is committed.`,
		Example: "  reconciler adopt host/globex\n  reconciler adopt '1001:user/*' --scope peer",
		Args:    arguments(1, math.MaxInt, "name what to take over, as KIND/ID or PEER:KIND/ID, with * for any text; reconciler plan shows what was changed on the peers"),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.adopt(cmd.Context(), args, o) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&a.dir, "dir", "C", ".", "the cluster's folder")
	flags.StringVar(&a.state, "state", "", "where what was applied is remembered (default: .reconciler in the cluster's folder)")
	a.peerFlags(flags)
	flags.StringVar(&o.scope, "scope", "", "peer: write changes at the peer that has them (default: where the field is written)")
	flags.StringVar(&o.out, "out", "", "write what the files cannot say in place to this new file")
	flags.BoolVar(&o.approved, "auto-approve", false, "do not ask")
	flags.BoolVar(&o.deletions, "deletions", false, "take over deletions too")
	return cmd
}

func (a *app) adopt(ctx context.Context, texts []string, o adoptOptions) error {
	if o.scope != "" && o.scope != string(adopt.AtPeer) {
		return failf(exitError, "--scope %s: want peer, or nothing", o.scope)
	}
	round, c, err := a.plan(ctx, planOptions{look: true, consent: reconcile.PlanOptions{Survey: true}})
	if err != nil {
		return err
	}
	t, err := a.choose(ctx, c, round, texts, o)
	if err != nil {
		return err
	}
	if len(t.takes)+len(t.refused) == 0 {
		a.ui.unread(round.Plan)
		return failf(exitError, "nothing to adopt: no peer that could be read was changed in %s", strings.Join(texts, ", "))
	}
	if err := a.splice(ctx, t); err != nil {
		return err
	}
	proposal, err := t.proposal()
	if err != nil {
		return err
	}
	if err := a.ui.adopted(t, proposal, o.out); err != nil {
		return err
	}
	a.ui.unread(round.Plan)
	if err := a.writeAdopted(ctx, a.rewrites(t, proposal, o.out), o); err != nil {
		return err
	}
	return first(map[int]bool{exitHeld: len(t.refused) > 0, exitPartly: round.Plan.Summary().Unreadable > 0})
}

// taking is what is taken over, on its way into the files.
type taking struct {
	loaded
	takes   []adopt.Take
	refused []adopt.Refusal

	placed  []adopt.Placed
	files   map[string][]byte // those that change, as they shall be
	reached map[string][]schema.Key
	pkg     string
}

// choose finds what is to be taken over, in the words that people would write.
func (a *app) choose(ctx context.Context, c loaded, round *reconcile.Round, texts []string, o adoptOptions) (*taking, error) {
	var requests []adopt.Request
	for _, text := range texts {
		request, err := adopt.Requested(c.Cluster, text)
		if err != nil {
			return nil, exit{exitError, err}
		}
		requests = append(requests, request)
	}
	limit, err := plan.ParseLimit(c.Guards.Deletes, "guards.deletes")
	if err != nil {
		return nil, err
	}
	surveyed := round.Surveyed()
	held := heldBy(surveyed)
	chosen, refused := adopt.Choose(c.Cluster, round.Plan, held, requests, o.deletions, limit)
	d := gather(c.Cluster, surveyed, choice{not: func(key schema.Key) bool {
		return !slices.ContainsFunc(chosen, func(c adopt.Candidate) bool { return c.Key == key })
	}})
	fits, err := a.fitter().Fit(ctx, c.in, load.Shown{Items: d.shown()})
	if err != nil {
		return nil, err
	}
	d.fit(fits)
	t := &taking{loaded: c, pkg: fits.Package}
	var more []adopt.Refusal
	t.takes, more = adopt.Takes(c.Cluster, chosen, held, func(serial string, key schema.Key) adopt.Fit {
		f := d.fitted[holding{key, serial}]
		return adopt.Fit{Written: f.Written, Whole: f.Whole, Problem: f.Problem}
	}, adopt.Scope(o.scope))
	t.refused = append(refused, more...)
	return t, nil
}

func heldBy(surveyed []reconcile.Surveyed) []adopt.Held {
	held := make([]adopt.Held, len(surveyed))
	for i, s := range surveyed {
		held[i] = adopt.Held{Serial: s.Serial, Items: s.Items}
	}
	slices.SortFunc(held, func(a, b adopt.Held) int {
		return cmp.Or(schema.CompareSerials(a.Serial, b.Serial), strings.Compare(a.Serial, b.Serial))
	})
	return held
}
