package main

import (
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/spf13/pflag"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// keepFlag is that of the commands that add to the history.
func (a *app) keepFlag(flags *pflag.FlagSet) {
	flags.IntVar(&a.keep, "keep", 50, "how many runs and snapshots of the cluster the history keeps; the oldest are dropped")
}

func (a *app) checkKeep(flags *pflag.FlagSet) error {
	if flags.Lookup("keep") != nil && a.keep <= 0 {
		return failf(exitError, "--keep %d: want 1 or more runs and snapshots", a.keep)
	}
	return nil
}

// journal is the place of a run in the history. A run that writes nothing has none: those of a schedule would
// soon be all that the history keeps.
type journal struct {
	app     *app
	history *store.History
	run     *store.Run // nil: none
}

// journal begins the entry of a run, before it writes anything.
func (a *app) journal(h *store.History, c loaded, o applyOptions, p plan.Plan) (journal, error) {
	s := p.Summary()
	if s.Changes() == s.Held {
		return journal{}, nil
	}
	return a.begin(h, store.Entry{
		Cluster: c.Name, Command: o.command, Rollback: p.Rollback, Revision: c.revision, Subject: c.subject,
	}, s)
}

// begin begins an entry. planned is what is about to be done, in numbers.
func (a *app) begin(h *store.History, e store.Entry, planned any) (journal, error) {
	var err error
	if e.Plan, err = json.Marshal(planned); err != nil {
		return journal{}, err
	}
	e.By, e.Started = a.who(), a.clock()
	run, err := h.Start(e)
	return journal{app: a, history: h, run: run}, err
}

// keep is where the reconciler keeps what it is about to overwrite.
func (j journal) keep() func(plan.Snapshot, iter.Seq[plan.Kept]) error {
	if j.run == nil {
		return nil
	}
	return j.run.Keep
}

// end ends the entry, and drops the oldest beyond those that are to be kept.
func (j journal) end(at time.Time, report, result any) error {
	if j.run == nil {
		return nil
	}
	if err := j.run.End(at, report, result); err != nil {
		return err
	}
	dropped, err := j.history.Prune(j.run.Cluster, j.app.keep)
	if len(dropped) > 0 {
		j.app.ui.note("The history keeps the last %d; dropped: %s (--keep).", j.app.keep, numbers(dropped))
	}
	return err
}

// numbers names entries.
func numbers(entries []store.Entry) string {
	first, last := entries[0].ID, entries[len(entries)-1].ID
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d to %d", first, last)
}

// who is the user of this process, for the history.
func (a *app) who() string {
	h := a.holder("")
	return h.User + "@" + h.Host
}
