package main

import (
	"context"
	"errors"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/assign"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/reconcile/loop"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
)

// rounds reconcile as apply does, without anybody to ask.
type rounds struct {
	app    *app
	store  *store.Store
	turns  *turns
	keeper *roles.Keeper
}

// Round plans and applies. A round that writes nothing leaves nothing in the history.
func (r *rounds) Round(ctx context.Context, desired loop.Desired) (reconcile.Report, error) {
	whole := ctx
	ctx, done := r.turns.round(ctx)
	defer done()
	report, err := r.inTurn(ctx, desired)
	if ctx.Err() != nil && whole.Err() == nil && errors.Is(err, context.Canceled) {
		return reconcile.Report{Interrupted: true}, nil // a role moved, and it is made once more
	}
	return report, err
}

func (r *rounds) inTurn(ctx context.Context, desired loop.Desired) (reconcile.Report, error) {
	before, err := predecessor(desired.Cluster, r.store)
	if err != nil {
		return reconcile.Report{}, err
	}
	c := loaded{revision: desired.Revision, subject: desired.Subject}
	o := reconcile.PlanOptions{Before: before}
	if c.Cluster, o.Targeting, err = r.staffed(ctx, desired); err != nil {
		return reconcile.Report{}, err
	}
	return r.carryOut(ctx, c, o)
}

func (r *rounds) carryOut(ctx context.Context, c loaded, o reconcile.PlanOptions) (reconcile.Report, error) {
	rec, err := r.app.reconciler(c.Cluster, r.store.Key(), nil)
	if err != nil {
		return reconcile.Report{}, err
	}
	round, err := rec.Plan(ctx, reconcile.Target{Cluster: c.Cluster, Revision: c.revision}, r.store, o)
	if err != nil {
		return reconcile.Report{}, err
	}
	defer round.Close()
	journal, err := r.app.journal(r.store.History(), c, applyOptions{command: "serve"}, round.Plan)
	if err != nil {
		return reconcile.Report{}, err
	}
	rec.Keep = journal.keep()
	report, err := rec.Apply(ctx, round, r.store)
	return report, errors.Join(err, journal.end(report.Ended, report, report.Counts()))
}

// staffed is the cluster with its levers set as the roles are held now. Before that is certain, nothing that a role
// switches is touched; nor are items that follow who holds a role, if others hold it by now.
func (r *rounds) staffed(ctx context.Context, desired loop.Desired) (*schema.Cluster, reconcile.Targeting, error) {
	c := desired.Cluster
	holds, err := r.keeper.Holds(ctx)
	if errors.Is(err, roles.ErrUncertain) {
		return c, reconcile.Targeting{Not: leaving(c, levered(c), desired.Follow)}, nil
	}
	if err != nil || len(desired.Follow) == 0 {
		return assign.Staff(c, holds), reconcile.Targeting{}, err
	}
	ledger, err := r.store.Ledger(c.Name)
	var left reconcile.Targeting
	if outdated(desired, ledger) {
		left.Not = leaving(c, map[string]map[schema.Key]bool{}, desired.Follow)
	}
	return assign.Staff(c, holds), left, err
}

// outdated tells whether items were worked out for another state than the ledger has, or than is certain.
func outdated(desired loop.Desired, l lease.Ledger) bool {
	state := stateOf(l)
	return state == "" || state != desired.For
}
