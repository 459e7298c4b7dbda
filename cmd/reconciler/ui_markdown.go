package main

import (
	"fmt"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

// How long a text may be, in UTF-16 units, which are never fewer than characters.
const (
	comment     = 65_535    // GitHub's comments; GitLab's may be longer
	stepSummary = 1_000_000 // the summary of a step on GitHub
)

// longestNote is how much of a line of the summary is shown.
const longestNote = 300

func (u *ui) planMarkdown(c loaded, p plan.Plan, made *savedPlan) error {
	return u.line("%s", planMarkdown(c, p, made, comment))
}

func (u *ui) reportMarkdown(r reconcile.Report) error {
	return u.line("%s", reportMarkdown(r, comment))
}

// planMarkdown is a plan for a comment: its summary, then its details as far as there is room.
func planMarkdown(c loaded, p plan.Plan, made *savedPlan, room int) string {
	s := p.Summary()
	d := digest{
		marker: "plan of " + p.Cluster,
		title:  fmt.Sprintf("Plan for %s: %s", verbatim(p.Cluster), planTotals(s)),
		all:    "`reconciler plan --full` shows all of it, and so does `-o json`",
	}
	d.notes = append(d.notes, "at "+verbatim(middle(revision(c.revision, c.subject), longestNote)))
	for _, line := range strings.Split(footer(p), "\n")[1:] {
		d.notes = append(d.notes, "**Attention:** "+verbatim(middle(line, longestNote)))
	}
	if p.TwoWay {
		d.notes = append(d.notes, "There is no state: this comparison is two-way, and cannot tell drift from changes in Git.")
	}
	for _, line := range made.used() {
		d.notes = append(d.notes, "**Attention:** "+verbatim(middle(line, longestNote)))
	}
	if made != nil {
		for _, flag := range consentsOf(made.Options) {
			d.notes = append(d.notes, "Consented: "+verbatim(middle(flag, longestNote)))
		}
	}
	d.table = planTable(p)
	for _, block := range (&ui{full: true}).blocks(p, false) {
		d.parts = append(d.parts, part{heading(block.peers, len(p.Peers)), block.shown})
	}
	return d.render(room)
}

func planTotals(s plan.Summary) string {
	if s.Changes() == 0 {
		return "no changes"
	}
	return totals(s)
}

func planTable(p plan.Plan) [][]string {
	rows := [][]string{{"peer", "add", "change", "replace", "delete", "held", ""}}
	for _, peer := range p.Peers {
		n := plan.Plan{Peers: []plan.Peer{peer}}.Summary()
		note := ""
		switch {
		case peer.Suspended != "":
			note = "suspended"
		case len(peer.Problems) > 0:
			note = "cannot be read"
		case n.Changes() == 0:
			continue
		}
		rows = append(rows, []string{
			verbatim(named(peer.Serial, peer.Alias)), fmt.Sprint(n.Create), fmt.Sprint(n.Update), fmt.Sprint(n.Replace),
			fmt.Sprint(n.Delete), fmt.Sprint(n.Held), note,
		})
	}
	return rows
}

// reportMarkdown is a report for a comment.
func reportMarkdown(r reconcile.Report, room int) string {
	n := r.Counts()
	d := digest{
		marker: "apply to " + r.Cluster,
		title:  fmt.Sprintf("Apply to %s: %d applied, %d failed, %d held, %d not attempted", verbatim(r.Cluster), n.Applied, n.Failed, n.Held, n.NotAttempted),
		notes:  []string{"at " + verbatim(r.Revision)},
		table:  reportTable(r),
		all:    "`-o json` has all of it",
	}
	if r.Interrupted {
		d.notes = append(d.notes, "**Interrupted.** What was under way was finished; run apply again for the rest.")
	}
	if n.Failed+n.NotAttempted+n.Problems > 0 {
		d.notes = append(d.notes, "What is missing is planned again by the next apply.")
	}
	for _, line := range refused(r) {
		d.notes = append(d.notes, "**Attention:** "+verbatim(middle(line, longestNote)))
	}
	plain := &ui{}
	wrong := part{name: "what needs attention"}
	for _, peer := range r.Peers {
		for line := range strings.Lines(plain.peerReport(peer)) {
			wrong.units = append(wrong.units, line)
		}
	}
	d.parts = append([]part{wrong}, doneSections(r)...)
	return d.render(room)
}

func reportTable(r reconcile.Report) [][]string {
	rows := [][]string{{"peer", "applied", "failed", "held", "not attempted", ""}}
	for _, peer := range r.Peers {
		n := reconcile.Report{Peers: []reconcile.PeerReport{peer}}.Counts()
		note := ""
		switch {
		case peer.Problem != "":
			note = "trouble"
		case len(peer.Results) == 0:
			continue
		}
		rows = append(rows, []string{
			verbatim(named(peer.Serial, peer.Alias)), fmt.Sprint(n.Applied), fmt.Sprint(n.Failed), fmt.Sprint(n.Held), fmt.Sprint(n.NotAttempted), note,
		})
	}
	return rows
}

// doneSections are the changes that were applied, by peer.
func doneSections(r reconcile.Report) []part {
	var all []part
	for _, peer := range r.Peers {
		s := part{name: "applied to " + named(peer.Serial, peer.Alias)}
		for _, result := range peer.Results {
			if result.Status == reconcile.Applied {
				s.units = append(s.units, "  "+result.Change.Action.Symbol()+" "+itemName(result.Change.Key)+"\n")
			}
		}
		all = append(all, s)
	}
	return all
}
