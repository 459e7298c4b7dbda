package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// TestCode is the table in `reconciler --help`, for errors.
func TestCode(t *testing.T) {
	for _, test := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("anything"), 1},
		{failf(exitInvalid, "a sentence"), 3},
		{fmt.Errorf("apply: %w", failf(exitPartly, "a sentence")), 4},
		{fmt.Errorf("apply: %w", &store.LockedError{Dir: "d"}), 7},
		{fmt.Errorf("observe: %w", context.Canceled), 130},
	} {
		if got := code(test.err); got != test.want {
			t.Errorf("code(%v) = %d, want %d", test.err, got, test.want)
		}
	}
}

// TestApplyCode is the same table, for reports: where several hold, the gravest counts.
func TestApplyCode(t *testing.T) {
	result := func(status reconcile.Status, reason plan.Reason) reconcile.Result {
		return reconcile.Result{Status: status, Change: plan.Change{Reason: reason}}
	}
	applied, failed := result(reconcile.Applied, plan.New), result(reconcile.Failed, plan.New)
	held, conflict := result(reconcile.Held, plan.FirstContact), result(reconcile.Held, plan.Conflict)
	refused := result(reconcile.Held, plan.Conflict) // somebody has said that Git wins
	refused.Change.Holds = []plan.Hold{{Why: plan.MaxDeletes}}
	skipped := result(reconcile.NotAttempted, plan.New)
	for _, test := range []struct {
		name        string
		results     []reconcile.Result
		problem     string
		interrupted bool
		want        int
	}{
		{name: "nothing to do", want: 0},
		{name: "all applied", results: []reconcile.Result{applied}, want: 0},
		{name: "one failed", results: []reconcile.Result{applied, failed}, want: 4},
		{name: "one not attempted", results: []reconcile.Result{skipped}, want: 4},
		{name: "one peer dead", problem: "unreachable", want: 4},
		{name: "one held", results: []reconcile.Result{applied, held}, want: 6},
		{name: "held counts more than failed", results: []reconcile.Result{failed, held}, want: 6},
		{name: "a guard refused one", results: []reconcile.Result{refused, failed}, want: 6},
		{name: "a conflict counts more than held", results: []reconcile.Result{held, conflict, failed}, want: 8},
		{name: "interrupted counts most", results: []reconcile.Result{conflict, skipped}, interrupted: true, want: 130},
	} {
		t.Run(test.name, func(t *testing.T) {
			report := reconcile.Report{Interrupted: test.interrupted, Peers: []reconcile.PeerReport{{Results: test.results, Problem: test.problem}}}
			if got := code(applyCode(report)); got != test.want {
				t.Errorf("exit code %d, want %d", got, test.want)
			}
		})
	}
}

func TestPlanCode(t *testing.T) {
	for _, test := range []struct {
		summary  plan.Summary
		detailed bool
		want     int
	}{
		{plan.Summary{}, true, 0},
		{plan.Summary{Create: 1}, false, 0},
		{plan.Summary{Create: 1}, true, 2},
		{plan.Summary{Create: 1, Unreadable: 1}, true, 4},
	} {
		if got := code(planCode(test.summary, test.detailed)); got != test.want {
			t.Errorf("planCode(%+v, %v) exits with %d, want %d", test.summary, test.detailed, got, test.want)
		}
	}
}
