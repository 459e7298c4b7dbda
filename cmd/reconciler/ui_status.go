package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gitops-reconciler/reconciler/reconcile"
)

// status prints the state of each peer, and what to do about it.
func (u *ui) status(s clusterStatus) error {
	var b strings.Builder
	b.WriteString(u.heading(s) + "\n")
	if s.Note != "" {
		fmt.Fprintf(&b, "%s\n", oneLine(s.Note))
	}
	if s.Cluster != "" { // else it is not known whose
		b.WriteString(lastRun(s.LastRun) + "\n")
	}
	b.WriteString(u.serveState(s.Serve) + "\n")
	for _, alarm := range s.Alarms {
		fmt.Fprintf(&b, "serve: %s %s\n", paint(u.outColor, red, "alarm:"), alarmLine(alarm))
	}
	if len(s.Peers) > 0 || !s.Unasked {
		b.WriteString(u.table(s.Peers))
	}
	b.WriteString(advice(s.Peers))
	for _, line := range leftOut(s.Targeted) {
		b.WriteString("\n" + line + "\n")
	}
	return u.print(b.String())
}

// heading says what is shown, and as of when, if not of now.
func (u *ui) heading(s clusterStatus) string {
	name := paint(u.outColor, bold, cmp.Or(s.Cluster, "a cluster"))
	switch {
	case !s.Unasked:
		return fmt.Sprintf("%s (%s) at %s", name, s.Provider, s.Revision)
	case s.Serve.Round == nil:
		return fmt.Sprintf("%s at %s: serve has made no round yet, and there are no files here to ask the peers by", name, cmp.Or(s.Revision, "no revision yet"))
	default:
		return fmt.Sprintf("%s at %s, as serve's round left it at %s; there are no files here, so no peer is asked anew",
			name, s.Revision, s.Serve.Round.Ended.UTC().Format(time.RFC3339))
	}
}

// table has a row for each peer. Where the terminal is too narrow for that, each has lines of its own.
func (u *ui) table(peers []peerStatus) string {
	rows := [][]string{{"PEER", "ALIAS", "GROUP", "ADDRESS", "STATE", "DETAIL"}}
	for _, p := range peers {
		rows = append(rows, []string{p.Serial, dash(p.Alias), dash(p.Group), dash(p.Address), p.State, oneLine(p.Detail)})
	}
	if u.terminal.outWidth > 0 && total(widthsOf(rows)) > u.terminal.outWidth {
		return stacked(rows)
	}
	return columns(rows)
}

// columns puts cells below each other.
func columns(rows [][]string) string {
	widths := widthsOf(rows)
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			fmt.Fprintf(&b, "%-*s  ", widths[i], cell)
		}
		b.WriteString(row[len(row)-1] + "\n")
	}
	return b.String()
}

func widthsOf(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// total is how wide a row is.
func total(widths []int) int {
	sum := 2 * (len(widths) - 1)
	for _, width := range widths {
		sum += width
	}
	return sum
}

// stacked is a table with a line for each cell that has something to say, and the head before it.
func stacked(rows [][]string) string {
	var b strings.Builder
	for _, row := range rows[1:] {
		b.WriteString(row[0] + "\n")
		for i, cell := range row[1:] {
			if cell != "-" {
				fmt.Fprintf(&b, "  %-8s %s\n", strings.ToLower(rows[0][i+1]), cell)
			}
		}
	}
	return b.String()
}

func lastRun(r *reconcile.Report) string {
	if r == nil {
		return "never applied from here"
	}
	n, of := r.Counts(), ""
	if r.Targeted != nil {
		of = " (of a part)"
	}
	return fmt.Sprintf("last %s%s: %s at %s: applied %d, failed %d, held %d, not attempted %d",
		verbOf(*r), of, r.Ended.UTC().Format(time.RFC3339), revision(r.Revision, ""), n.Applied, n.Failed, n.Held, n.NotAttempted)
}

func dash(text string) string { return cmp.Or(short(text), "-") }

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
		fmt.Fprintf(&b, "%s: %s\n", p.State, oneLine(p.Action))
	}
	return b.String()
}
