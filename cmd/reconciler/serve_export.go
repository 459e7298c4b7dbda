package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/reconcile/source"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// exporter writes who holds what to a branch of its own. Nobody waits for it: it is told that something may be new,
// and looks by itself. What it missed, or could not write, it writes the next time.
type exporter struct {
	branch  string // the cluster's name comes after it; "": nothing is written
	author  string
	address string // as of e-mail
	export  func(context.Context, source.Export) error
	ledger  func(cluster string) (lease.Ledger, error)
	cluster func() string // "": not known yet
	clock   func() time.Time
	tell    func(branch string, err error) // once when it fails, with a nil error once when it no longer does

	due     chan struct{} // one, however often it was told
	written seatings      // nil: it is not known what the branch has
	failed  string
	failing atomic.Bool // as failed, for others to see
}

// exporter records who holds what in the repository that is read.
func (a *app) exporter(s *store.Store, from repository, branch string) *exporter {
	us := a.holder("serve")
	return &exporter{
		branch: branch, author: "reconciler", address: us.User + "@" + us.Host,
		export: from.Export, ledger: s.Ledger, clock: a.clock, tell: a.ui.exported, due: make(chan struct{}, 1),
	}
}

// wake has it look, soon.
func (e *exporter) wake() {
	select {
	case e.due <- struct{}{}:
	default: // it is about to look
	}
}

// run writes until ctx ends. What is under way then is broken off: the next start does it again.
func (e *exporter) run(ctx context.Context) {
	for e.branch != "" {
		select {
		case <-ctx.Done():
			return
		case <-e.due:
			e.look(ctx)
		}
	}
}

// look writes what is to be written, and tells if that turned bad or good.
func (e *exporter) look(ctx context.Context) {
	cluster := e.cluster()
	if cluster == "" {
		return
	}
	branch := e.branch + "/" + cluster
	err := e.write(ctx, branch, cluster)
	why := ""
	switch {
	case ctx.Err() != nil:
		return // it was stopped
	case err != nil:
		why = err.Error()
	}
	if why != e.failed {
		e.failed = why
		e.failing.Store(why != "")
		e.tell(branch, err)
	}
}

// write writes who holds what by the ledger, once that is certain. The branch is compared each time, not what was written:
// somebody may have changed it.
func (e *exporter) write(ctx context.Context, branch, cluster string) error {
	ledger, err := e.ledger(cluster)
	if err != nil || ledger.Restored || len(ledger.Places) == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, gitPatience)
	defer cancel()
	err = e.export(ctx, source.Export{
		Branch:  branch,
		Files:   map[string][]byte{"active.cue": activeFile(cluster, ledger.Places)},
		Message: activeMessage(cluster, e.written, ledger.Places),
		Author:  e.author, Address: e.address, When: e.clock(),
	})
	if err == nil {
		e.written = ledger.Places
	}
	return err
}
