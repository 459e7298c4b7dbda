package main

import (
	"context"
	"slices"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/assign"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/schema"
)

// keeping knows who holds which role, and what they run.
type keeping interface {
	Ledger(cluster string) (lease.Ledger, error)
	Deals(cluster string, deals any) error
}

// seat has a run without serve go by who holds the roles: what they switch is left as serve left it, and items follow
// them. Where serve never ran nobody switches anything, and that is said.
func (a *app) seat(ctx context.Context, l loaded, k keeping, t *reconcile.Targeting) (loaded, error) {
	ledger, err := k.Ledger(l.Name)
	if err != nil {
		return loaded{}, err
	}
	if l, err = a.following(ctx, l, ledger); err != nil {
		return loaded{}, err
	}
	if ledger.Term == 0 {
		a.ui.unkept(l.Cluster)
		return l, nil
	}
	if ledger.Restored {
		t.Not = leaving(l.Cluster, levered(l.Cluster), l.follow)
		return l, nil
	}
	deals, err := dealsOf(k, l.Name)
	l.Cluster = assign.Staff(l.Cluster, roles.HoldsOf(ledger, deals))
	return l, err
}

// levered are the items that roles switch, by serial.
func levered(c *schema.Cluster) map[string]map[schema.Key]bool {
	all := map[string]map[schema.Key]bool{}
	for _, serial := range c.Serials() {
		keys := assign.Levered(c, serial)
		if len(keys) == 0 {
			continue
		}
		all[serial] = make(map[schema.Key]bool, len(keys))
		for key := range slices.Values(keys) {
			all[serial][key] = true
		}
	}
	return all
}
