package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

// held says, for each thing that changes wait for, how many do and what lifts it.
func held(p plan.Plan) []string {
	var lines []string
	if n, serials, _ := waiting(p, waitsFor(plan.Pinned)); n > 0 {
		lines = append(lines, fmt.Sprintf("%s held: rolled back, and Git still wants otherwise. Revert that in Git, or consent with --take-over %s.",
			count(n, "change"), strings.Join(serials, ",")))
	}
	if n, serials, _ := waiting(p, waitsFor(plan.Consent)); n > 0 {
		lines = append(lines, fmt.Sprintf("%s held: not applied unless you consent with --take-over %s.", count(n, "change"), strings.Join(serials, ",")))
	}
	if n, _, items := waiting(p, waitsFor(plan.Replacement)); n > 0 {
		lines = append(lines, fmt.Sprintf("%s held: the item is deleted and made anew, and loses what only the peer has in it, if you consent with --replace %s.",
			count(n, "replacement"), anyOf(items)))
	}
	if n, _, _ := waiting(p, plan.Change.Obstructed); n > 0 {
		lines = append(lines, fmt.Sprintf("%s held for what is in the way, as said above; no consent lifts that.", count(n, "change")))
	}
	return lines
}

// anyOf names a few items after the flag that consents to them; of many, how they are named.
func anyOf(items []string) string {
	if len(items) > 3 {
		return "KIND/ID"
	}
	return strings.Join(items, " --replace ")
}

func waitsFor(why plan.Why) func(plan.Change) bool {
	return func(c plan.Change) bool { return c.WaitsFor(why) }
}

// waiting counts the changes that wait for something, and names their peers and items.
func waiting(p plan.Plan, waits func(plan.Change) bool) (n int, serials, items []string) {
	for _, peer := range p.Peers {
		for _, change := range peer.Changes {
			if !waits(change) {
				continue
			}
			n++
			if item := shellWord(change.Key.String()); !slices.Contains(items, item) {
				items = append(items, item)
			}
			if !slices.Contains(serials, peer.Serial) {
				serials = append(serials, peer.Serial)
			}
		}
	}
	return n, serials, items
}

// shellWord is a text that can be pasted after a flag.
func shellWord(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune("-._/@:+=,%", r) && !alphanumeric(r) }) {
		return "'" + strings.ReplaceAll(oneLine(text), "'", `'\''`) + "'"
	}
	return text
}

func alphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}
