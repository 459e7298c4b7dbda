package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/loop"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
)

// clusterStatus is what status shows.
type clusterStatus struct {
	Version  int               `json:"version"` // of this format
	Cluster  string            `json:"cluster"`
	Note     string            `json:"note,omitempty"`
	Provider string            `json:"provider,omitempty"`
	Revision string            `json:"revision"`
	LastRun  *reconcile.Report `json:"lastRun,omitempty"`
	Serve    *loop.Status      `json:"serve,omitempty"`   // of the serve that holds the state; nil: none does
	Alarms   []roles.Alarm     `json:"alarms,omitempty"`  // of its roles
	Unasked  bool              `json:"unasked,omitempty"` // the peers are as serve's last round left them; false: they were asked now
	Peers    []peerStatus      `json:"peers"`
	Targeted *plan.Targeted    `json:"targeted,omitempty"` // nil: it is about everything
}

type peerStatus struct {
	Serial  string `json:"serial"`
	Alias   string `json:"alias,omitempty"`
	Group   string `json:"group,omitempty"`
	Address string `json:"address,omitempty"`
	Note    string `json:"note,omitempty"`
	State   string `json:"state"` // in-sync, pending, held, unreadable, suspended
	Detail  string `json:"detail"`
	Action  string `json:"action,omitempty"` // what to do about it
}

func (a *app) statusCmd() *cobra.Command {
	var targeting reconcile.Targeting
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show each peer: whether it can be read, and whether it holds what Git wants",
		Args:  noArguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			asJSON, err := a.json()
			if err != nil {
				return err
			}
			status, err := a.status(cmd.Context(), targeting)
			if err != nil {
				return err
			}
			if asJSON {
				return a.ui.json(status)
			}
			return a.ui.status(status)
		},
	}
	a.clusterFlags(cmd.Flags())
	a.peerFlags(cmd.Flags())
	a.outputFlag(cmd.Flags())
	targetFlags(cmd.Flags(), &targeting)
	return cmd
}

func (a *app) status(ctx context.Context, targeting reconcile.Targeting) (clusterStatus, error) {
	serve, err := a.served()
	switch {
	case err != nil:
		return clusterStatus{}, err
	case serve != nil && a.withoutFiles():
		return a.servedStatus(serve, targeting)
	}
	round, c, err := a.plan(ctx, planOptions{look: true, consent: reconcile.PlanOptions{Targeting: targeting}})
	if err != nil {
		return clusterStatus{}, err
	}
	status := clusterStatus{Version: 1, Cluster: c.Name, Note: c.Note, Provider: c.Provider.Name, Revision: c.revision, Serve: serve, Targeted: round.Plan.Targeted}
	if status.LastRun, err = a.lastRun(c.Name); err != nil {
		return clusterStatus{}, err
	}
	if status.Serve != nil {
		if status.Alarms, err = a.alarms(); err != nil {
			return clusterStatus{}, err
		}
	}
	for _, peer := range round.Plan.Peers {
		status.Peers = append(status.Peers, describe(c.Peers[peer.Serial], peer))
	}
	return status, nil
}

// alarms are those of the roles that serve keeps.
func (a *app) alarms() ([]roles.Alarm, error) {
	var s roles.Status
	err := a.askServe("/v1/roles", &s)
	return s.Alarms, err
}

func (a *app) lastRun(cluster string) (*reconcile.Report, error) {
	snapshot, err := a.look()
	if errors.Is(err, store.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var report reconcile.Report
	if found, err := snapshot.LastRun(cluster, &report); err != nil || !found {
		return nil, err
	}
	return &report, nil
}

func describe(peer schema.Peer, p plan.Peer) peerStatus {
	s := peerStatus{Serial: p.Serial, Alias: peer.Alias, Group: peer.Group, Address: peer.Address, Note: peer.Note}
	n := plan.Plan{Peers: []plan.Peer{p}}.Summary()
	switch {
	case p.Suspended != "":
		s.State, s.Detail = "suspended", p.Suspended
	case len(p.Problems) > 0:
		s.State, s.Detail, s.Action = "unreadable", p.Problems[0], "see to the peer, or to its address and credentials; then run apply"
	case n.Held > 0:
		s.State, s.Detail, s.Action = "held", fmt.Sprintf("%d of %d changes are held", n.Held, n.Changes()), heldAction(p)
	case n.Changes() > 0:
		s.State, s.Detail = "pending", totals(n)
		s.Action = "run apply"
	default:
		s.State, s.Detail = "in-sync", fmt.Sprintf("%d items", p.InSync)
	}
	if p.LeftOut > 0 {
		s.Detail += fmt.Sprintf("; %s left out", count(p.LeftOut, "change"))
	}
	return s
}

// heldAction says what to do about the held changes of a peer.
func heldAction(p plan.Peer) string {
	switch {
	case slices.ContainsFunc(p.Changes, plan.Change.Obstructed):
		return "look at plan: it says what is in the way"
	case slices.ContainsFunc(p.Changes, plan.Change.Refused):
		return "look at plan: it says which guard refuses what, and how to go on"
	case slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return c.WaitsFor(plan.Consent, plan.Pinned) }):
		return "look at plan; then apply --take-over " + p.Serial + " to let Git win"
	case slices.ContainsFunc(p.Changes, waitsFor(plan.Pruning)):
		return "look at plan; then apply --prune-foreign " + p.Serial + " to delete what Git never named"
	default:
		return "look at plan; then apply --replace KIND/ID to have an item deleted and made anew"
	}
}
