package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// look reads a peer and compares it, unless it is known to hold what is desired: the last time that it
// was read it did, its digest is what it was then, and so is what is desired.
func (r *Reconciler) look(ctx context.Context, c comparison) (planned, error) {
	provider, err := r.Open(c.serial, c.target.Cluster.Peers[c.serial])
	if err != nil {
		return planned{}, err
	}
	p, err := c.look(ctx, provider)
	if err != nil {
		release(provider)
	}
	return p, err
}

func (c comparison) look(ctx context.Context, provider Provider) (p planned, err error) {
	digester, able := provider.(Digester)
	if !able || c.back != nil || c.scope != nil {
		return c.compare(ctx, provider)
	}
	var now plan.Settled
	if now.Digest, err = digester.Digest(ctx); err != nil {
		return planned{}, err
	}
	if now.Desired, err = c.fingerprint(); err != nil {
		return planned{}, err
	}
	if c.known(now) {
		return c.unread(provider), nil
	}
	p, err = c.compare(ctx, provider)
	if err == nil && now.Digest != "" && holds(p) {
		// The digest is from before: what changed while the peer was read makes it another one.
		now.InSync, now.Foreign, now.Kept = p.plan.InSync, p.plan.Foreign, p.plan.Kept
		p.settled = now
	}
	return p, err
}

// known tells whether the peer is as it was when it was last found to hold what is desired.
func (c comparison) known(now plan.Settled) bool {
	then := c.remembered.Settled
	return now.Digest != "" && then.Digest == now.Digest && then.Desired == now.Desired && len(c.remembered.Intents) == 0
}

// unread is the plan for a peer that is known.
func (c comparison) unread(provider Provider) planned {
	then := c.remembered.Settled
	return planned{provider: provider, instance: c.remembered.Instance, settled: then, plan: plan.Peer{
		Serial: c.serial, Alias: c.target.Cluster.Peers[c.serial].Alias,
		Changes: []plan.Change{}, InSync: then.InSync, Foreign: then.Foreign, Kept: then.Kept,
		Pins: map[schema.Key]plan.Pin{}, // where something is pinned, Git wants something else
	}}
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
	data, err := json.Marshal([]any{
		1, c.desired, cluster.Shared(c.serial), peer.Leave, cluster.Groups[peer.Group].Leave, cluster.Leave, c.guards,
	})
	if err != nil {
		return "", fmt.Errorf("what is desired of peer %s: %w", c.serial, err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}
