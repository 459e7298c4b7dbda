package reconcile

import (
	"slices"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

// Rollback puts peers back to what they held before a run, or when a snapshot was taken.
type Rollback struct {
	Of    string                   // the run or snapshot, for people
	Peers map[string]plan.Rollback // by serial; others are left out
}

func (r *Rollback) name() string {
	if r == nil {
		return ""
	}
	return r.Of
}

// of is what a peer is to be put back to; nil if that is what is desired.
func (r *Rollback) of(serial string) *plan.Rollback {
	if r == nil {
		return nil
	}
	back := r.Peers[serial]
	return &back
}

// peers are those of the serials that are planned.
func (r *Rollback) peers(serials []string) []string {
	if r == nil {
		return serials
	}
	return slices.DeleteFunc(serials, func(serial string) bool {
		_, named := r.Peers[serial]
		return !named
	})
}
