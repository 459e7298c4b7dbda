package main

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// pastRun is all that the history has of one run or snapshot.
type pastRun struct {
	store.Entry
	Snapshots []keptPeer      `json:"snapshots"`
	Report    json.RawMessage `json:"report,omitempty"`
}

// keptPeer is what is kept of one peer.
type keptPeer struct {
	Serial string   `json:"serial"`
	Items  int      `json:"items"`
	Kinds  []string `json:"kinds,omitempty"` // of which it has all items
}

func (a *app) historyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "history [RUN]",
		Short: "Show the runs and snapshots that are kept, or all about one",
		Long: `Show the runs and snapshots that are kept, or all about one.

A run is there from before its first write, with what it was about to overwrite; it is shown as not ended while
it goes on, or where it was stopped. A run that wrote nothing leaves no entry. How many are kept is
--keep of apply, rollback and snapshot.`,
		Example: "  reconciler history\n  reconciler history 12 -o json",
		Args:    arguments(0, 1, ""),
		RunE: func(_ *cobra.Command, args []string) error {
			asJSON, err := a.json()
			if err != nil {
				return err
			}
			history := store.ReadHistory(a.stateDir())
			if len(args) == 0 {
				return a.history(history, asJSON)
			}
			id, err := strconv.Atoi(args[0])
			if err != nil {
				return failf(exitError, "history %s: want the number of a run or snapshot", args[0])
			}
			return a.historyOf(history, id, asJSON)
		},
	}
	a.clusterFlags(cmd.Flags())
	a.outputFlag(cmd.Flags())
	return cmd
}

func (a *app) history(h *store.History, asJSON bool) error {
	entries, unread := h.Entries()
	if unread != nil && len(entries) == 0 {
		return unread
	}
	if asJSON {
		return errors.Join(a.ui.json(struct {
			Version int           `json:"version"`
			Entries []store.Entry `json:"entries"`
		}{1, append([]store.Entry{}, entries...)}), unread)
	}
	return errors.Join(a.ui.history(entries), unread)
}

func (a *app) historyOf(h *store.History, id int, asJSON bool) error {
	e, err := h.Entry(id)
	if err != nil {
		return err
	}
	all := pastRun{Entry: e, Snapshots: []keptPeer{}}
	serials, err := h.Serials(id)
	if err != nil {
		return err
	}
	for _, serial := range serials {
		snapshot, _, err := h.Snapshot(id, serial)
		if err != nil {
			return err
		}
		all.Snapshots = append(all.Snapshots, keptPeer{serial, len(snapshot.Items), snapshot.Kinds})
	}
	if asJSON {
		_, err = h.Report(id, &all.Report)
		if err != nil {
			return err
		}
		return a.ui.json(all)
	}
	var report reconcile.Report
	if _, err := h.Report(id, &report); err != nil {
		return err
	}
	return a.ui.entry(all, report)
}
