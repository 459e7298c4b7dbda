package main

import (
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

// seat has a run without serve go by who holds the roles: what they switch is left as serve left it. Where serve never
// ran nobody switches anything, and that is said.
func (a *app) seat(c *schema.Cluster, k keeping, t *reconcile.Targeting) (*schema.Cluster, error) {
	ledger, err := k.Ledger(c.Name)
	if err != nil {
		return nil, err
	}
	if ledger.Term == 0 {
		a.ui.unkept(c)
		return c, nil
	}
	if ledger.Restored {
		t.Not = levered(c)
		return c, nil
	}
	deals, err := dealsOf(k, c.Name)
	return assign.Staff(c, roles.HoldsOf(ledger, deals)), err
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
