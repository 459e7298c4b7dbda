package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gitops-reconciler/reconciler/reconcile"
)

// report prints what became of a plan: what went wrong by name, what went well by number.
func (u *ui) report(r reconcile.Report, asJSON bool) error {
	if asJSON {
		return u.json(struct {
			reconcile.Report
			Summary reconcile.Counts `json:"summary"`
		}{r, r.Counts()})
	}
	var b strings.Builder
	for _, peer := range r.Peers {
		b.WriteString(u.peerReport(peer))
	}
	n := r.Counts()
	if r.Interrupted {
		fmt.Fprintf(&b, "Interrupted. What was under way was finished; run %s again for the rest.\n", verbOf(r))
	}
	fmt.Fprintf(&b, "Applied %d, failed %d, held %d, not attempted %d.\n", n.Applied, n.Failed, n.Held, n.NotAttempted)
	if n.Failed+n.NotAttempted+n.Problems > 0 {
		fmt.Fprintf(&b, "What is missing is planned again by the next %s.\n", verbOf(r))
	}
	if r.Rollback != "" && n.Applied > 0 {
		b.WriteString("Where Git still wants what was rolled back, apply holds it until Git changes, or you consent with --take-over.\n")
	}
	_, err := u.out.Write([]byte(b.String()))
	return err
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
		fmt.Fprintf(&b, "%s %s: %s\n", paint(u.outColor, red, "!"), name, printable(p.Problem))
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
	return fmt.Sprintf("%s %s: %s: %s\n", paint(u.outColor, red, "!"), name, printable(r.Change.Key.String()), printable(text))
}

// rest says how many changes were not attempted, beside those that were named.
func (u *ui) rest(name, reason string, n int) string {
	mark := paint(u.outColor, red, "!")
	switch {
	case reason == "":
		return fmt.Sprintf("%s %s: %s not attempted\n", mark, name, count(n, "change"))
	case n > mostSaid:
		return fmt.Sprintf("%s %s: %d more not attempted: %s\n", mark, name, n-mostSaid, printable(reason))
	default:
		return ""
	}
}

// status prints the state of each peer, and what to do about it.
func (u *ui) status(s clusterStatus) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s) at %s\n", paint(u.outColor, bold, s.Cluster), s.Provider, s.Revision)
	if s.Note != "" {
		fmt.Fprintf(&b, "%s\n", printable(s.Note))
	}
	b.WriteString(lastRun(s.LastRun) + "\n\n")
	b.WriteString(table(s.Peers))
	b.WriteString(advice(s.Peers))
	_, err := u.out.Write([]byte(b.String()))
	return err
}

func table(peers []peerStatus) string {
	rows := [][]string{{"PEER", "ALIAS", "GROUP", "ADDRESS", "STATE", "DETAIL"}}
	for _, p := range peers {
		rows = append(rows, []string{p.Serial, dash(p.Alias), dash(p.Group), p.Address, p.State, printable(p.Detail)})
	}
	return columns(rows)
}

// columns puts cells below each other.
func columns(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			fmt.Fprintf(&b, "%-*s  ", widths[i], cell)
		}
		b.WriteString(row[len(row)-1] + "\n")
	}
	return b.String()
}

func lastRun(r *reconcile.Report) string {
	if r == nil {
		return "never applied from here"
	}
	n := r.Counts()
	return fmt.Sprintf("last %s: %s at %s: applied %d, failed %d, held %d, not attempted %d",
		verbOf(*r), r.Ended.UTC().Format(time.RFC3339), revision(r.Revision, ""), n.Applied, n.Failed, n.Held, n.NotAttempted)
}

func dash(text string) string { return cmp.Or(printable(text), "-") }

// advice is what to do, once for each thing to do.
func advice(peers []peerStatus) string {
	var b strings.Builder
	said := map[string]bool{}
	for _, p := range peers {
		if p.Action == "" || said[p.Action] {
			continue
		}
		if len(said) == 0 {
			b.WriteString("\n")
		}
		said[p.Action] = true
		fmt.Fprintf(&b, "%s: %s\n", p.State, p.Action)
	}
	return b.String()
}
