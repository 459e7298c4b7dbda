package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
)

// selected is the part of a snapshot that is to be put back; each list is of what may be, and everything may
// where it is empty.
type selected struct {
	peers, classes, kinds, ids []string
}

func (a *app) rollbackCmd() *cobra.Command {
	var approved bool
	var o selected
	var consent reconcile.PlanOptions
	cmd := &cobra.Command{
		Use:   "rollback RUN|SNAPSHOT",
		Short: "Put back what peers held before a run, or when a snapshot was taken",
		Long: `Put back what peers held before a run, or when a snapshot was taken (see history), whole or in part.

It is a plan like any other: shown, asked about, kept in the history and read back, and it can itself be
rolled back. What somebody changed on a peer since is held for consent, as in apply, and so is what is more
than the guards allow.

The next apply does not undo it. As long as Git wants of an item what it wanted when that was rolled back,
apply holds the item, and says so; revert the commit, or consent with apply --take-over.

Secrets are in no snapshot. One that has changed since stays as it is, unless Git wants the former one again;
the plan says which.`,
		Example: "  reconciler history\n  reconciler rollback 12\n  reconciler rollback 12 --peer 1001 --id host/globex",
		Args:    arguments(1, 1, "name the run or snapshot to put back, by its number; reconciler history shows them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.Atoi(args[0])
			if err != nil {
				return failf(exitError, "rollback %s: want the number of a run or snapshot; reconciler history shows them", args[0])
			}
			return a.apply(cmd.Context(), applyOptions{
				command: "rollback", approved: approved, consent: consent,
				back: func(c loaded, h *store.History) (*reconcile.Rollback, error) { return a.back(c, h, id, o) },
			})
		},
	}
	a.clusterFlags(cmd.Flags())
	a.peerFlags(cmd.Flags())
	a.planFlags(cmd.Flags())
	a.eventsFlag(cmd.Flags())
	a.keepFlag(cmd.Flags())
	cmd.Flags().BoolVar(&approved, "auto-approve", false, "do not ask")
	cmd.Flags().StringSliceVar(&o.peers, "peer", nil, "serials of the only peers to put back")
	cmd.Flags().StringSliceVar(&o.classes, "class", nil, "the only classes to put back")
	cmd.Flags().StringSliceVar(&o.kinds, "kind", nil, "the only kinds to put back")
	cmd.Flags().StringArrayVar(&o.ids, "id", nil, "KIND/ID of the only items to put back; may be given several times")
	consentFlags(cmd.Flags(), &consent)
	return cmd
}

// back reads what is to be put back.
func (a *app) back(c loaded, h *store.History, id int, o selected) (*reconcile.Rollback, error) {
	e, err := h.Entry(id)
	if err != nil {
		return nil, fmt.Errorf("rollback: %w; reconciler history shows those that are kept", err)
	}
	if e.Cluster != c.Name {
		return nil, fmt.Errorf("rollback: %d is of the cluster %s, and this is %s", id, e.Cluster, c.Name)
	}
	if err := o.check(c.Cluster); err != nil {
		return nil, err
	}
	serials, err := a.kept(c, h, id, o)
	if err != nil {
		return nil, err
	}
	rollback := &reconcile.Rollback{Of: moment(e), Peers: map[string]plan.Rollback{}}
	by := fmt.Sprintf("%s at %s, to %s", a.who(), a.clock().UTC().Format(time.RFC3339), moment(e))
	for _, serial := range serials {
		snapshot, _, err := h.Snapshot(id, serial)
		if err != nil {
			return nil, err
		}
		rollback.Peers[serial] = plan.Rollback{Snapshot: snapshot, Scope: o.has(c.Cluster), By: by}
	}
	return rollback, nil
}

// moment is the time to which an entry leads back, for people.
func moment(e store.Entry) string {
	if e.Command == "snapshot" {
		return fmt.Sprintf("snapshot %d of %s", e.ID, e.Started.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("before run %d of %s", e.ID, e.Started.UTC().Format(time.RFC3339))
}

// kept are the peers to put back: those of which something is kept, and that are wanted and still there.
func (a *app) kept(c loaded, h *store.History, id int, o selected) ([]string, error) {
	all, err := h.Serials(id)
	if err != nil {
		return nil, err
	}
	for _, serial := range o.peers {
		if !slices.Contains(all, serial) {
			return nil, fmt.Errorf("rollback: %d has nothing of peer %s; it has: %s", id, serial, or(strings.Join(all, ", "), "nothing"))
		}
	}
	var serials []string
	for _, serial := range all {
		_, there := c.Peers[serial]
		switch {
		case len(o.peers) > 0 && !slices.Contains(o.peers, serial):
		case !there:
			a.ui.note("%s: it is no peer of this cluster now, and stays as it is", printable(serial))
		default:
			serials = append(serials, serial)
		}
	}
	if len(serials) == 0 {
		return nil, fmt.Errorf("rollback: %d overwrote nothing on any peer: there is nothing to put back", id)
	}
	return serials, nil
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// check refuses what there is not: whoever names it means something else.
func (o selected) check(c *schema.Cluster) error {
	for _, kind := range o.kinds {
		if _, there := c.Provider.Kinds[kind]; !there {
			return failf(exitError, "--kind %s: there is no such kind", kind)
		}
	}
	for _, class := range o.classes {
		if _, there := c.Provider.Classes[class]; !there {
			return failf(exitError, "--class %s: there is no such class", class)
		}
	}
	for _, id := range o.ids {
		if kind, _, ok := strings.Cut(id, "/"); !ok || c.Provider.Kinds[kind].Class == "" {
			return failf(exitError, "--id %s: want KIND/ID, of a kind that there is", id)
		}
	}
	return nil
}

// has tells which items are in the scope: those that every flag that was given allows.
func (o selected) has(c *schema.Cluster) func(schema.Key) bool {
	allows := func(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }
	return func(key schema.Key) bool {
		return allows(o.kinds, key.Kind) && allows(o.classes, c.Provider.Kinds[key.Kind].Class) && allows(o.ids, key.String())
	}
}
