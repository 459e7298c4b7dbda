package main

import (
	"fmt"
	"strings"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/diagnostics"
	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

// mostCommands is how many workflow commands of one level there are: GitHub shows ten of a step.
const mostCommands = 10

// commandsOf are workflow commands of one level; of many, the last says how many more there would be.
func commandsOf(level, title string, messages []string) string {
	var b strings.Builder
	shown := messages
	if len(messages) > mostCommands {
		shown = messages[:mostCommands-1]
	}
	for _, message := range shown {
		b.WriteString(diagnostics.Command(level, title, message))
	}
	if n := len(messages) - len(shown); n > 0 {
		b.WriteString(diagnostics.Command(level, title, fmt.Sprintf("... and %d more", n)))
	}
	return b.String()
}

// planCommands make GitHub show what needs attention in a plan, and what it comes to.
func planCommands(p plan.Plan) string {
	var problems []string
	for _, peer := range p.Peers {
		for _, problem := range peer.Problems {
			problems = append(problems, named(peer.Serial, peer.Alias)+": "+oneLine(problem))
		}
	}
	title := "plan of " + p.Cluster
	return commandsOf("error", title, problems) +
		commandsOf("warning", title, held(p)) +
		commandsOf("notice", title, []string{strings.Split(footer(p), "\n")[0]})
}

// reportCommands make GitHub show what went wrong in an apply, and what became of it.
func reportCommands(r reconcile.Report) string {
	var wrong, waits []string
	plain := &ui{}
	for _, peer := range r.Peers {
		for line := range strings.Lines(plain.peerReport(peer)) {
			line = strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "! ")
			if strings.Contains(line, ": held: ") || strings.Contains(line, "not attempted") {
				waits = append(waits, line)
			} else {
				wrong = append(wrong, line)
			}
		}
	}
	for _, line := range refused(r) {
		waits = append(waits, oneLine(line))
	}
	title := "apply to " + r.Cluster
	return commandsOf("error", title, wrong) + commandsOf("warning", title, waits) + commandsOf("notice", title, []string{outcome(r.Counts())})
}

// outcome is a report in one sentence.
func outcome(n reconcile.Counts) string {
	return fmt.Sprintf("Applied %d, failed %d, held %d, not attempted %d.", n.Applied, n.Failed, n.Held, n.NotAttempted)
}
