package main

import (
	"fmt"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

// guarded says what guards have done to a plan: what they hold and why, and what they let stay.
func guarded(p plan.Plan) []string {
	var lines []string
	for _, refusal := range p.Refusals {
		lines = append(lines, "Guard: "+printable(refusal.String()))
	}
	if n, serials, _ := waiting(p, waitsFor(plan.Pruning)); n > 0 {
		lines = append(lines, fmt.Sprintf("%s held: of what Git never named, and guards.prune says is to go; carried out if you consent with --prune-foreign %s.",
			count(n, "deletion"), strings.Join(serials, ",")))
	}
	kept := 0
	for _, peer := range p.Peers {
		kept += peer.Kept
	}
	if kept > 0 {
		lines = append(lines, fmt.Sprintf("%s no longer in Git, and kept: guards.prune says none.", verb(kept, "item is", "items are")))
	}
	return lines
}

// refused says what guards have held, where the plan that says so is not shown beside.
func refused(r reconcile.Report) []string {
	var lines []string
	for _, refusal := range r.Refusals {
		lines = append(lines, "held: "+refusal.String())
	}
	return lines
}

// overridden is what was given, as it is given, and why.
func overridden(o reconcile.Overrides) string {
	var flags []string
	for _, f := range []struct{ flag, value string }{
		{"--max-deletes", o.MaxDeletes},
		{"--max-updates", o.MaxUpdates},
		{"--allow-empty", strings.Join(o.AllowEmpty, ",")},
		{"--prune-foreign", strings.Join(o.PruneForeign, ",")},
	} {
		if f.value != "" {
			flags = append(flags, f.flag+" "+f.value)
		}
	}
	text := strings.Join(flags, " ")
	if o.Reason != "" {
		text += " (" + o.Reason + ")"
	}
	return text
}
