package main

import (
	"context"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/node/beat"
	"github.com/gitops-reconciler/reconciler/providers/node"
)

const (
	// farewell is how long a node that said that it ends still answers, so that what it held can be taken from it
	// by its own word, which takes no wait for a lease to end.
	farewell = 3 * time.Second
	// glance is how often it looks whether that was done.
	glance = 50 * time.Millisecond
)

// leaver is the node's half of leases, at its end.
type leaver interface {
	Tenure() (node.Tenure, error)
	Leave(ctx context.Context) error // nil: nothing runs any more
}

// depart gives up what is held, and says so once nothing runs.
func depart(ctx context.Context, leases leaver, beats *beat.Sender) {
	held := epochs(leases.Tenure())
	if leases.Leave(ctx) != nil || beats == nil {
		return // serve asks again
	}
	if beats.Close(ctx) == nil {
		revoked(ctx, leases.Tenure, held)
	}
}

// epochs are those of the places that are not passive.
func epochs(t node.Tenure, err error) map[node.Place]uint64 {
	held := map[node.Place]uint64{}
	for place, tenant := range t.Places {
		if err == nil && tenant.State != "passive" {
			held[place] = tenant.Epoch
		}
	}
	return held
}

// revoked waits until all that was held was taken away, but for no longer than farewell.
func revoked(ctx context.Context, tenure func() (node.Tenure, error), held map[node.Place]uint64) {
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	look := time.NewTicker(glance)
	defer look.Stop()
	for {
		if t, err := tenure(); err != nil || risen(t, held) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// risen tells whether a higher epoch was seen of each place.
func risen(t node.Tenure, held map[node.Place]uint64) bool {
	for place, epoch := range held {
		if t.Places[place].Epoch <= epoch {
			return false
		}
	}
	return true
}
