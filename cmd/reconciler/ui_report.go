package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile"
)

// report prints what became of a plan: what went wrong by name, what went well by number. What guards hold has
// been said with the plan.
func (u *ui) report(r reconcile.Report) error {
	var b strings.Builder
	for _, peer := range r.Peers {
		b.WriteString(u.peerReport(peer))
	}
	n := r.Counts()
	if r.Overrides != nil && r.Overrides.Given() {
		fmt.Fprintf(&b, "Guards overridden: %s\n", printable(overridden(*r.Overrides)+"."))
	}
	if r.Interrupted {
		fmt.Fprintf(&b, "Interrupted. What was under way was finished; run %s again for the rest.\n", verbOf(r))
	}
	b.WriteString(outcome(n) + "\n")
	if n.Failed+n.NotAttempted+n.Problems > 0 {
		fmt.Fprintf(&b, "What is missing is planned again by the next %s.\n", verbOf(r))
	}
	if r.Rollback != "" && n.Applied > 0 {
		b.WriteString("Where Git still wants what was rolled back, apply holds it until Git changes, or you consent with --take-over.\n")
	}
	for _, line := range leftOut(r.Targeted) {
		b.WriteString(line + "\n")
	}
	return u.print(b.String())
}

// verbOf is the command that a report is of.
func verbOf(r reconcile.Report) string {
	if r.Rollback != "" {
		return "rollback"
	}
	return "apply"
}

func (u *ui) peerReport(p reconcile.PeerReport) string {
	var b strings.Builder
	name := named(p.Serial, p.Alias)
	if p.Problem != "" {
		fmt.Fprintf(&b, "%s %s: %s\n", paint(u.outColor, red, "!"), name, oneLine(p.Problem))
	}
	said := map[string]int{} // of what was not attempted, by reason
	for _, result := range p.Results {
		switch result.Status {
		case reconcile.Failed:
			b.WriteString(u.complaint(name, result, result.Error))
		case reconcile.Held:
			for _, obstacle := range result.Change.Obstacles() {
				b.WriteString(u.complaint(name, result, "held: "+obstacle))
			}
		case reconcile.NotAttempted:
			if said[result.Error]++; result.Error != "" && said[result.Error] <= mostSaid {
				b.WriteString(u.complaint(name, result, "not attempted: "+result.Error))
			}
		case reconcile.Applied:
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(said)) {
		b.WriteString(u.rest(name, reason, said[reason]))
	}
	return b.String()
}

// mostSaid is how many changes that were not attempted for the same reason are named.
const mostSaid = 3

func (u *ui) complaint(name string, r reconcile.Result, text string) string {
	return fmt.Sprintf("%s %s: %s: %s\n", paint(u.outColor, red, "!"), name, itemName(r.Change.Key), oneLine(text))
}

// rest says how many changes were not attempted, beside those that were named.
func (u *ui) rest(name, reason string, n int) string {
	mark := paint(u.outColor, red, "!")
	switch {
	case reason == "":
		return fmt.Sprintf("%s %s: %s not attempted\n", mark, name, count(n, "change"))
	case n > mostSaid:
		return fmt.Sprintf("%s %s: %d more not attempted: %s\n", mark, name, n-mostSaid, oneLine(reason))
	default:
		return ""
	}
}
