package main

import (
	"context"
	"net"
	"sync"

	"github.com/gitops-reconciler/reconciler/cmd/node/beat"
	"github.com/gitops-reconciler/reconciler/cmd/node/half"
	"github.com/gitops-reconciler/reconciler/providers/node"
)

// running is what there is of a node that serves.
type running struct {
	node     *node.Node
	leases   *half.Half
	systemd  supervisor
	beats    *beat.Sender // nil: none are sent
	listener net.Listener
}

// work does all that a node does at the same time. When the context ends it first gives up what it holds, and
// answers meanwhile.
func (p process) work(ctx context.Context, c config, r running) error {
	until, stop := context.WithCancel(context.WithoutCancel(ctx))
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer stop()
	tasks.Go(func() { p.runSchedules(until, r.node, c) })
	tasks.Go(func() { r.leases.Run(until) })
	tasks.Go(func() { r.systemd.watch(until) })
	if r.beats != nil {
		tasks.Go(func() { r.beats.Run(until) })
	}
	tasks.Go(func() {
		defer stop()
		select {
		case <-ctx.Done():
			depart(until, r.leases, r.beats)
		case <-until.Done():
		}
	})
	r.systemd.say("READY=1")
	return serveUntil(until, newServer(until, c.handler(r.node), c.node.Logger), r.listener)
}

// runSchedules fires what is due, at the beginning of each tick.
func (p process) runSchedules(ctx context.Context, n *node.Node, c config) {
	for {
		now := p.clock()
		if err := n.Fire(now); err != nil {
			c.node.Logger.Error("schedules", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-p.after(now.Truncate(c.tick).Add(c.tick).Sub(now)):
		}
	}
}
