package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// snapshotReport is what a snapshot has.
type snapshotReport struct {
	Version int                      `json:"version"` // of this format
	Cluster string                   `json:"cluster"`
	ID      int                      `json:"id"`
	Peers   []reconcile.PeerSnapshot `json:"peers"`
	Summary snapshotCounts           `json:"summary"`
}

// snapshotCounts is a snapshot in numbers.
type snapshotCounts struct {
	Peers    int `json:"peers"`
	Items    int `json:"items"`
	Problems int `json:"problems"` // peers with one
}

func (a *app) snapshotCmd() *cobra.Command {
	var peers []string
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "Keep what the peers hold now, to be put back by rollback",
		Long: `Keep what the peers hold now, to be put back by rollback.

A snapshot has all items of the kinds that a peer shares, ours and others, with the fields that can be written.
It has no secrets: servers do not show them. An apply keeps by itself what it overwrites.`,
		Args: noArguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			asJSON, err := a.json()
			if err != nil {
				return err
			}
			report, err := a.snapshot(cmd.Context(), peers)
			if err != nil {
				return err
			}
			if asJSON {
				err = a.ui.json(report)
			} else {
				err = a.ui.snapshot(report)
			}
			if err != nil {
				return err
			}
			return first(map[int]bool{exitPartly: report.Summary.Problems > 0})
		},
	}
	a.clusterFlags(cmd.Flags())
	a.peerFlags(cmd.Flags())
	a.outputFlag(cmd.Flags())
	a.keepFlag(cmd.Flags())
	cmd.Flags().StringSliceVar(&peers, "peer", nil, "serials of the only peers to keep a snapshot of")
	return cmd
}

func (a *app) snapshot(ctx context.Context, serials []string) (report snapshotReport, err error) {
	c, err := a.load(ctx)
	if err != nil {
		return report, err
	}
	for _, serial := range serials {
		if _, there := c.Peers[serial]; !there {
			return report, fmt.Errorf("--peer %s: there is no such peer", serial)
		}
	}
	if len(serials) == 0 {
		serials = c.Serials()
	}
	s, err := store.Open(a.stateDir(), a.holder("snapshot"), a.lockTimeout)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return a.take(ctx, c, s, slices.Compact(serials))
}

// take reads the peers, and keeps what they hold under a number in the history.
func (a *app) take(ctx context.Context, c loaded, s *store.Store, serials []string) (snapshotReport, error) {
	progress := a.ui.progress(c.Cluster)
	defer progress.close()
	r, err := a.reconciler(c.Cluster, s.Key(), progress.tell)
	if err != nil {
		return snapshotReport{}, err
	}
	journal, err := a.begin(s.History(), store.Entry{Cluster: c.Name, Command: "snapshot", Revision: c.revision, Subject: c.subject}, nil)
	if err != nil {
		return snapshotReport{}, err
	}
	r.Keep = journal.keep()
	peers, err := r.Snapshot(ctx, reconcile.Target{Cluster: c.Cluster, Revision: c.revision}, s, serials)
	if err != nil {
		return snapshotReport{}, err
	}
	report := snapshotReport{Version: 1, Cluster: c.Name, ID: journal.run.ID, Peers: peers}
	for _, peer := range peers {
		report.Summary.Peers++
		report.Summary.Items += peer.Items
		if peer.Problem != "" {
			report.Summary.Problems++
		}
	}
	progress.close()
	return report, journal.end(a.clock(), report, report.Summary)
}
