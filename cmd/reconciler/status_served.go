package main

import (
	"fmt"
	"path/filepath"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/loop"
)

// withoutFiles tells whether the folder has no files of a cluster that could be read.
func (a *app) withoutFiles() bool {
	files, err := filepath.Glob(filepath.Join(a.dir, "*.cue"))
	return err == nil && len(files) == 0 && a.rev == ""
}

// servedStatus is what serve says of its last round, for where its files are not: beside a serve --repo. No peer is
// asked anew.
func (a *app) servedStatus(s *loop.Status, targeting reconcile.Targeting) (clusterStatus, error) {
	if len(targeting.Target)+len(targeting.Exclude) > 0 || targeting.Labels != "" {
		return clusterStatus{}, failf(exitError, "there are no files of the cluster in %s to choose from: leave out --target, --exclude and --selector, or name a clone with -C DIR and this state with --state %s", a.dir, a.stateDir())
	}
	status := clusterStatus{Version: 1, Cluster: s.Cluster, Revision: s.Revision, Serve: s, Unasked: true}
	if s.Round != nil {
		for _, peer := range s.Round.Peers {
			status.Peers = append(status.Peers, left(peer))
		}
	}
	var err error
	if status.LastRun, err = a.lastRun(s.Cluster); err != nil {
		return clusterStatus{}, err
	}
	status.Alarms, err = a.alarms()
	return status, err
}

// left is how a round left a peer.
func left(p loop.PeerState) peerStatus {
	s := peerStatus{Serial: p.Serial, State: "in-sync", Detail: count(p.InSync, "item")}
	if n := p.Counts.Applied; n > 0 {
		s.Detail += " as they were, " + count(n, "change") + " applied"
	}
	const look = "look at the log of serve, or at plan in a clone"
	switch n := p.Counts; {
	case p.Problem != "":
		s.State, s.Detail, s.Action = "unreadable", p.Problem, "see to the peer, or to its address and credentials; serve asks it again"
	case n.Held > 0:
		s.State, s.Detail, s.Action = "held", count(n.Held, "change")+" held", look
	case n.Failed+n.NotAttempted > 0:
		s.State, s.Detail, s.Action = "pending", fmt.Sprintf("%d failed, %d not attempted", n.Failed, n.NotAttempted), look
	}
	return s
}
