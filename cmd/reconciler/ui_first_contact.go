package main

import (
	"fmt"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

// mostLosses is how many peers are named that lose something.
const mostLosses = 3

// losses says what a take-over costs, where it is asked for and where it was granted: on first contact a
// peer may hold years of configuration, and it is in no snapshot unless somebody took one.
func losses(p plan.Plan) []string {
	var lines []string
	peers, more := 0, 0
	for _, peer := range p.Peers {
		n, held := overwritten(peer)
		if n == 0 {
			continue
		}
		if peers++; peers > mostLosses {
			more += n
			continue
		}
		lines = append(lines, fmt.Sprintf("%s on %s %s overwritten; apply keeps what is there first, for rollback.",
			count(n, "item"), named(peer.Serial, peer.Alias), are(n, held)))
	}
	if peers > mostLosses {
		lines = append(lines, fmt.Sprintf("And %s on %s.", count(more, "more item"), count(peers-mostLosses, "more peer")))
	}
	return lines
}

// overwritten counts the items of which something goes that only the peer has, and tells whether that
// waits for consent.
func overwritten(p plan.Peer) (n int, held bool) {
	for _, c := range p.Changes {
		if c.Action != plan.Delete && (c.Reason == plan.FirstContact || c.Reason == plan.Conflict) {
			n++
			held = held || c.WaitsFor(plan.Consent)
		}
	}
	return n, held
}

func are(n int, held bool) string {
	switch {
	case held:
		return "would be"
	case n == 1:
		return "is to be"
	default:
		return "are to be"
	}
}
