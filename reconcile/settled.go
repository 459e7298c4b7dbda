package reconcile

import (
	"context"
	"fmt"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// stateError is that the state cannot be read: then nothing can be planned, for no peer.
type stateError struct{ error }

// look reads a peer and compares it, unless it is known to hold what is desired: the last time that it
// was read it did, its digest is what it was then, and so is what is desired. What was applied to it is
// recalled only where it is compared with that.
func (r *Reconciler) look(ctx context.Context, c comparison, memory Memory) (planned, error) {
	provider, err := r.Open(c.serial, c.target.Cluster.Peers[c.serial])
	if err != nil {
		return planned{}, err
	}
	p, err := c.look(ctx, provider, memory)
	if err != nil {
		release(provider)
	}
	return p, err
}

func (c comparison) look(ctx context.Context, provider Provider, memory Memory) (p planned, err error) {
	var now plan.Settled
	if digester, able := provider.(Digester); able && c.back == nil && c.scope == nil && !c.survey {
		var known *planned
		if known, now, err = c.glance(ctx, digester, memory); err != nil {
			return planned{}, err
		}
		if known != nil {
			known.provider = provider
			return *known, nil
		}
	}
	if c.remembered, err = memory.Recall(c.target.Cluster.Name, c.serial); err != nil {
		return planned{}, stateError{err}
	}
	p, err = c.compare(ctx, provider)
	if err == nil && now.Digest != "" && holds(p) {
		// The digest is from before: what changed while the peer was read makes it another one.
		now.InSync, now.Foreign, now.Kept = p.plan.InSync, p.plan.Foreign, p.plan.Kept
		p.settled = now
	}
	return p, err
}

// glance asks the peer for its digest. If it is as it was when it was last found to hold what is desired, it
// returns the plan for it; else nil.
func (c comparison) glance(ctx context.Context, digester Digester, memory Memory) (known *planned, now plan.Settled, err error) {
	if now.Digest, err = digester.Digest(ctx); err != nil || now.Digest == "" {
		return nil, plan.Settled{}, err
	}
	if now.Desired, err = c.fingerprint(); err != nil {
		return nil, plan.Settled{}, err
	}
	instance, then, err := memory.Settled(c.target.Cluster.Name, c.serial)
	if err != nil {
		return nil, plan.Settled{}, stateError{err}
	}
	if then.Digest != now.Digest || then.Desired != now.Desired {
		return nil, now, nil
	}
	return &planned{instance: instance, settled: then, plan: plan.Peer{
		Serial: c.serial, Alias: c.target.Cluster.Peers[c.serial].Alias,
		Changes: []plan.Change{}, InSync: then.InSync, Foreign: then.Foreign, Kept: then.Kept,
		Pins: map[schema.Key]plan.Pin{}, // where something is pinned, Git wants something else
	}}, now, nil
}

// holds tells whether nothing is left to do, and all is known.
func holds(p planned) bool {
	return len(p.plan.Changes) == 0 && len(p.plan.Problems) == 0 && len(p.unsettled) == 0
}

// fingerprint is a hash of all that a comparison depends on beside the peer and the base: what is
// desired, secrets as marks, the kinds and what makes two of their bodies equal, and what is left alone.
// The number in it is that of the comparison itself: raise it when two ways or three decide otherwise.
func (c comparison) fingerprint() (string, error) {
	cluster := c.target.Cluster
	peer := cluster.Peers[c.serial]
	kinds, err := c.hashes.all()
	if err == nil {
		var sum string
		sum, err = hash(2, kinds, peer.Leave, cluster.Groups[peer.Group].Leave, cluster.Leave, c.guards)
		if err == nil {
			return sum, nil
		}
	}
	return "", fmt.Errorf("what is desired of peer %s: %w", c.serial, err)
}
