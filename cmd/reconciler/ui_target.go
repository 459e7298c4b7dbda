package main

import (
	"fmt"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

// leftOut says what a targeted run is not about.
func leftOut(t *plan.Targeted) []string {
	if t == nil {
		return nil
	}
	switch {
	case t.Changes > 0 && t.Peers > 0:
		return []string{fmt.Sprintf("Left out: %s, and %s not looked at.", count(t.Changes, "change"), verb(t.Peers, "peer that was", "peers that were"))}
	case t.Changes > 0:
		return []string{fmt.Sprintf("Left out: %s.", count(t.Changes, "change"))}
	case t.Peers > 0:
		return []string{fmt.Sprintf("Left out: %s not looked at.", verb(t.Peers, "peer that was", "peers that were"))}
	default:
		return []string{"Nothing was left out but what is in sync."}
	}
}

// allPeers is how many peers the cluster has, looked at or not.
func allPeers(p plan.Plan) int {
	if p.Targeted == nil {
		return len(p.Peers)
	}
	return len(p.Peers) + p.Targeted.Peers
}
