package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// history prints the runs and snapshots that are kept, the newest first.
func (u *ui) history(entries []store.Entry) error {
	if len(entries) == 0 {
		return u.line("No runs and no snapshots are kept here.")
	}
	rows := [][]string{{"ID", "STARTED", "WHAT", "CLUSTER", "BY", "AT", "PLAN", "RESULT"}}
	for _, e := range slices.Backward(entries) {
		rows = append(rows, []string{
			strconv.Itoa(e.ID), when(e.Started), what(e), printable(e.Cluster), printable(e.By), revision(shortly(e.Revision), e.Subject),
			dash(planned(e)), became(e),
		})
	}
	_, err := u.out.Write([]byte(columns(rows)))
	return err
}

func when(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func what(e store.Entry) string {
	if e.Rollback != "" {
		return "rollback to " + printable(e.Rollback)
	}
	return printable(e.Command)
}

// planned is what an entry was about to do, in numbers; "" if that was to look only.
func planned(e store.Entry) string {
	var s plan.Summary
	if e.Command == "snapshot" || json.Unmarshal(e.Plan, &s) != nil {
		return ""
	}
	return totals(s)
}

// became is what became of an entry, in numbers.
func became(e store.Entry) string {
	var kept snapshotCounts
	var n reconcile.Counts
	switch {
	case e.Ended.IsZero():
		return "it has not ended, or was stopped"
	case e.Command == "snapshot" && json.Unmarshal(e.Result, &kept) == nil:
		return fmt.Sprintf("%s of %s", count(kept.Items, "item"), count(kept.Peers, "peer"))
	case json.Unmarshal(e.Result, &n) == nil:
		return fmt.Sprintf("applied %d, failed %d, held %d, not attempted %d", n.Applied, n.Failed, n.Held, n.NotAttempted)
	default:
		return "-"
	}
}

// entry prints all about a run or snapshot.
func (u *ui) entry(e pastRun, r reconcile.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", paint(u.outColor, bold, strconv.Itoa(e.ID)), what(e.Entry))
	lines := [][2]string{
		{"cluster", printable(e.Cluster)}, {"by", printable(e.By)}, {"at", revision(e.Revision, e.Subject)}, {"started", when(e.Started)},
	}
	if !e.Ended.IsZero() {
		lines = append(lines, [2]string{"ended", when(e.Ended)})
	}
	if text := planned(e.Entry); text != "" {
		lines = append(lines, [2]string{"plan", text})
	}
	lines = append(lines, [2]string{"result", became(e.Entry)})
	for _, consent := range []struct {
		name  string
		given []string
	}{{"take-over", r.TakeOver}, {"replace", r.Replace}} {
		if len(consent.given) > 0 {
			lines = append(lines, [2]string{consent.name, printable(strings.Join(consent.given, ", "))})
		}
	}
	for _, line := range append(lines, guards(r)...) {
		fmt.Fprintf(&b, "  %-9s  %s\n", line[0], line[1])
	}
	b.WriteString(u.keptItems(e))
	b.WriteString(results(r))
	_, err := u.out.Write([]byte(b.String()))
	return err
}

// guards are what a run went beyond, with who answers for it and why, and what they held.
func guards(r reconcile.Report) [][2]string {
	var lines [][2]string
	if o := r.Overrides; o != nil {
		lines = append(lines, [2]string{"consented", printable(strings.TrimSpace(overridden(*o)) + " by " + o.By)})
	}
	for _, refusal := range r.Refusals {
		lines = append(lines, [2]string{"guard", printable(refusal.String())})
	}
	return lines
}

// keptItems says what can be put back.
func (u *ui) keptItems(e pastRun) string {
	var b strings.Builder
	for _, peer := range e.Snapshots {
		all := ""
		if len(peer.Kinds) > 0 {
			all = ", all there was of " + strings.Join(peer.Kinds, ", ")
		}
		fmt.Fprintf(&b, "  kept of %s: %s%s\n", printable(peer.Serial), count(peer.Items, "item"), printable(all))
	}
	if len(e.Snapshots) > 0 {
		fmt.Fprintf(&b, "  put back by: reconciler rollback %d\n", e.ID)
	}
	return b.String()
}

// results lists what became of each change.
func results(r reconcile.Report) string {
	var b strings.Builder
	for _, peer := range r.Peers {
		if len(peer.Results) > 0 || peer.Problem != "" {
			fmt.Fprintf(&b, "\n%s\n", named(peer.Serial, peer.Alias))
		}
		if peer.Problem != "" {
			fmt.Fprintf(&b, "  ! %s\n", printable(peer.Problem))
		}
		for _, result := range peer.Results {
			fmt.Fprintf(&b, "  %s %s  %s: %s", result.Change.Action.Symbol(), printable(result.Change.Key.String()), result.Change.Reason, result.Status)
			if result.Error != "" {
				b.WriteString(": " + printable(result.Error))
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// snapshot prints what a snapshot has.
func (u *ui) snapshot(s snapshotReport) error {
	var b strings.Builder
	for _, peer := range s.Peers {
		if peer.Problem != "" {
			fmt.Fprintf(&b, "%s %s: %s\n", paint(u.outColor, red, "!"), named(peer.Serial, peer.Alias), printable(peer.Problem))
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", named(peer.Serial, peer.Alias), count(peer.Items, "item"))
	}
	fmt.Fprintf(&b, "Snapshot %d is kept. Put it back with: reconciler rollback %d\n", s.ID, s.ID)
	_, err := u.out.Write([]byte(b.String()))
	return err
}
