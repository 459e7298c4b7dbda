package reconcile

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// before is what a run is about to overwrite, as it was observed: the items that it changes or, with
// consent to take the peer over, all that there are.
type before struct {
	kinds  map[string]schema.Kind
	whole  []string // kinds of which it has all items
	bodies map[schema.Key]schema.Body
	base   map[schema.Key]plan.Record
}

func (c comparison) before(p plan.Peer, o schema.Observation) before {
	b := before{kinds: c.target.Cluster.Shared(c.serial), bodies: map[schema.Key]schema.Body{}}
	b.base, _ = c.base(o)
	if c.consents.takesOver(c.serial) {
		b.takeAll(o)
	}
	for _, change := range p.Changes {
		if !change.Held {
			b.bodies[change.Key] = o.Kinds[change.Kind].Items[change.ID]
		}
	}
	return b
}

// takeAll takes every item of the kinds that could be listed.
func (b *before) takeAll(o schema.Observation) {
	for kind := range b.kinds {
		items, err := plan.Listed(o, kind)
		if err != nil {
			continue
		}
		b.whole = append(b.whole, kind)
		for id, body := range items {
			b.bodies[schema.Key{Kind: kind, ID: id}] = body
		}
	}
	slices.Sort(b.whole)
}

// items are made one by one, as they are written: all at once they would be a second copy of the peer.
func (b *before) items() iter.Seq[plan.Kept] {
	return func(yield func(plan.Kept) bool) {
		for _, key := range slices.SortedFunc(maps.Keys(b.bodies), plan.CompareKeys) {
			item := plan.Kept{Key: key, Body: plan.Keep(b.kinds[key.Kind], b.bodies[key])}
			if record, ours := b.base[key]; ours {
				item.Base = &record
			}
			if !yield(item) {
				return
			}
		}
	}
}

// keep has what the waves are about to overwrite kept, before the peer is written to.
func (run *peerRun) keep(waves [][]plan.Change) error {
	if run.Keep == nil || len(waves) == 0 {
		return nil
	}
	s := plan.Snapshot{Serial: run.plan.Serial, Instance: run.instance, Kinds: run.before.whole}
	if err := run.Keep(s, run.before.items()); err != nil {
		return fmt.Errorf("keep what peer %s holds, before it is overwritten: %w", s.Serial, err)
	}
	return nil
}

// PeerSnapshot is what became of the snapshot of one peer.
type PeerSnapshot struct {
	Serial  string `json:"serial"`
	Alias   string `json:"alias,omitempty"`
	Items   int    `json:"items"`
	Problem string `json:"problem,omitempty"` // what could not be read or kept
}

// Snapshot has Keep keep all that the peers hold of the kinds that they share, a bounded number of peers at
// a time. What cannot be listed is in no snapshot, and in the peer's problem.
func (r *Reconciler) Snapshot(ctx context.Context, target Target, memory Memory, serials []string) ([]PeerSnapshot, error) {
	all := make([]PeerSnapshot, len(serials))
	var group errgroup.Group
	group.SetLimit(r.parallelism())
	for i, serial := range serials {
		group.Go(func() error {
			all[i] = PeerSnapshot{Serial: serial, Alias: target.Cluster.Peers[serial].Alias}
			return r.snapshotPeer(ctx, target, memory, &all[i])
		})
	}
	err := group.Wait()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return all, err
}

func (r *Reconciler) snapshotPeer(ctx context.Context, target Target, memory Memory, s *PeerSnapshot) error {
	if out := target.Cluster.SuspendedAt(s.Serial, r.Clock()); out != nil {
		s.Problem = "it is suspended, and not even read"
		return nil
	}
	remembered, err := memory.Recall(target.Cluster.Name, s.Serial)
	if err != nil {
		return err
	}
	r.tell(Event{Peer: s.Serial, Phase: Reading})
	o, err := r.observe(ctx, target, s.Serial)
	if err == nil {
		return r.keepAll(comparison{target: target, serial: s.Serial, remembered: remembered}, o, s)
	}
	s.Problem = err.Error()
	r.tell(Event{Peer: s.Serial, Phase: Done, Problem: s.Problem})
	return nil
}

func (r *Reconciler) observe(ctx context.Context, target Target, serial string) (schema.Observation, error) {
	provider, err := r.Open(serial, target.Cluster.Peers[serial])
	if err != nil {
		return schema.Observation{}, err
	}
	return provider.Observe(ctx, slices.Sorted(maps.Keys(target.Cluster.Shared(serial))))
}

func (r *Reconciler) keepAll(c comparison, o schema.Observation, s *PeerSnapshot) error {
	b := before{kinds: c.target.Cluster.Shared(c.serial), bodies: map[schema.Key]schema.Body{}}
	b.base, _ = c.base(o)
	b.takeAll(o)
	var problems []string
	for _, kind := range slices.Sorted(maps.Keys(b.kinds)) {
		if _, err := plan.Listed(o, kind); err != nil {
			problems = append(problems, err.Error())
		}
	}
	s.Items, s.Problem = len(b.bodies), strings.Join(problems, "; ")
	r.tell(Event{Peer: s.Serial, Phase: Done, Problem: s.Problem})
	return r.Keep(plan.Snapshot{Serial: s.Serial, Instance: o.Instance, Kinds: b.whole}, b.items())
}
