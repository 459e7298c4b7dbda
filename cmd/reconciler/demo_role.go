package main

import (
	"context"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/schema"
)

// roleIsHeld shows a role that is given away, and its holder's end.
func (d *demo) roleIsHeld(ctx context.Context) (err error) {
	serving, stop := context.WithCancel(ctx)
	var served error
	ended := make(chan struct{})
	go func() {
		served = d.app.serve(serving, demoServing())
		stop() // nobody waits for it then
		close(ended)
	}()
	defer func() {
		stop()
		<-ended
		if served != nil {
			err = served // what follows from it says less
		}
	}()
	first, err := d.holder(serving, "")
	if err != nil {
		return err
	}
	d.ui.demoStep(first + " dies. It is silent, so it may still run: nobody follows before its lease is over:")
	if err := d.servers[0].Close(); err != nil {
		return err
	}
	if _, err := d.holder(serving, first); err != nil {
		return err
	}
	d.ui.demoStep("Who holds it now, and why:")
	return d.showRoles("scheduler")
}

// demoServing is what the demo's serve is told.
func demoServing() serving { return serving{poll: time.Second, round: time.Minute} }

// holder waits until the role is held, and runs, by somebody other than before.
func (d *demo) holder(ctx context.Context, before string) (string, error) {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-ticker.C:
		}
		var s roles.Status
		if err := d.askServe("/v1/roles", &s); err != nil || len(s.Roles) == 0 {
			continue // it has just begun
		}
		if p := s.Roles[0].Places[0]; p.State == schema.Active && p.Holder != before {
			return p.Holder, nil
		}
	}
}
