package main

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/assign"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
)

// turns lets one round, or any number of moves of roles, write to the peers at a time: a round that goes by what a role
// was must not undo what it has become. A move cuts a round short.
type turns struct {
	writing sync.RWMutex
	wake    func() // has what was cut short done again

	mu    sync.Mutex
	cut   context.CancelFunc // ends the round under way; nil: none
	moves int                // that write, or wait for their turn
	again bool               // a round was cut short
}

// round waits for its turn. Its context ends when a move wants to write.
func (t *turns) round(ctx context.Context) (context.Context, func()) {
	t.writing.Lock()
	ctx, cut := context.WithCancel(ctx)
	t.mu.Lock()
	t.cut = cut
	t.yield()
	t.mu.Unlock()
	return ctx, func() {
		t.mu.Lock()
		t.cut = nil
		t.mu.Unlock()
		cut()
		t.writing.Unlock()
	}
}

// yield cuts the round short if a move waits. mu is held.
func (t *turns) yield() {
	if t.moves > 0 && t.cut != nil {
		t.again = true
		t.cut()
	}
}

// move cuts a round short, and waits until it has let go.
func (t *turns) move() (done func()) {
	t.mu.Lock()
	t.moves++
	t.yield()
	t.mu.Unlock()
	t.writing.RLock()
	return t.moved
}

func (t *turns) moved() {
	t.writing.RUnlock()
	t.mu.Lock()
	t.moves--
	again := t.again && t.moves == 0
	t.again = t.again && !again
	t.mu.Unlock()
	if again {
		t.wake()
	}
}

// switcher sets levers.
type switcher struct {
	app   *app
	store *store.Store
	turns *turns
}

// turn brings items of a peer to what the cluster says. Requests are bounded as the protocol of the roles wants it.
func (s switcher) turn(ctx context.Context, c *schema.Cluster, serial string, keys []schema.Key) error {
	defer s.turns.move()()
	quick := *s.app
	quick.timeout = min(quick.timeout, roles.Patience)
	r, err := quick.reconciler(c, s.store.Key(), nil)
	if err != nil {
		return err
	}
	return r.Turn(ctx, reconcile.Target{Cluster: c, Revision: "roles"}, serial, keys, s.store)
}

// succeed tells the keeper of roles what was in force before this start, while the first round has not overwritten that.
func (a *app) succeed(k *roles.Keeper, c *schema.Cluster, s *store.Store) {
	before, err := predecessor(c, s)
	switch {
	case err != nil:
		a.ui.note("A holder that is gone from the files cannot be asked to stop: %s", oneLine(err.Error()))
	case before != nil:
		k.Succeed(before.Cluster)
	}
}

// peerOf connects to a peer for its health and its roles.
func (s switcher) peerOf(c *schema.Cluster, serial string) (roles.Peer, error) {
	definition, err := rest.Parse(c.Provider)
	if err != nil {
		return nil, err
	}
	address, err := c.URL(serial)
	if err != nil {
		return nil, err
	}
	quick := *s.app
	quick.timeout = min(quick.timeout, roles.Patience)
	secrets, peer := quick.secrets(), c.Peers[serial]
	quick.probes = 12
	client, err := quick.client(definition, address.String(), peer.Credentials, secrets, s.store.Key())
	if err != nil || peer.Sidecar == (schema.Sidecar{}) {
		return client, err
	}
	return quick.besideSidecar(client, c, serial, s.store.Key())
}

// ledger is the store, in the words of the roles.
type ledger struct {
	*store.Store
	restored bool // the state was brought back from a backup
}

func (l ledger) Lead(cluster, leader string) (lease.Ledger, error) {
	return l.Store.Lead(cluster, leader, l.restored)
}

func (l ledger) Ledger(cluster string) (lease.Ledger, error) {
	is, err := l.Store.Ledger(cluster)
	return is, deposed(err)
}

func (l ledger) Swap(cluster string, s lease.Swap) error { return deposed(l.Store.Swap(cluster, s)) }

func (l ledger) Settle(cluster string, term uint64) error {
	return deposed(l.Store.Settle(cluster, term))
}

func deposed(err error) error {
	if errors.Is(err, store.ErrTerm) || errors.Is(err, store.ErrReplaced) {
		return errors.Join(roles.ErrDeposed, err)
	}
	return err
}

// dealt is a deal as it is kept: by kind and id.
type dealt map[string]map[string]int

func (l ledger) Deals(cluster string) (map[string]assign.Deal, error) {
	return dealsOf(l.Store, cluster)
}

func dealsOf(k keeping, cluster string) (map[string]assign.Deal, error) {
	kept, deals := map[string]dealt{}, map[string]assign.Deal{}
	if err := k.Deals(cluster, &kept); err != nil {
		return nil, err
	}
	for role, kinds := range kept {
		deals[role] = assign.Deal{}
		for kind, ids := range kinds {
			for id, place := range ids {
				deals[role][schema.Key{Kind: kind, ID: id}] = place
			}
		}
	}
	return deals, nil
}

func (l ledger) Deal(cluster string, deals map[string]assign.Deal) error {
	kept := map[string]dealt{}
	for role, deal := range deals {
		kept[role] = dealt{}
		for key, place := range deal {
			if kept[role][key.Kind] == nil {
				kept[role][key.Kind] = map[string]int{}
			}
			kept[role][key.Kind][key.ID] = place
		}
	}
	return l.Store.Deal(cluster, kept)
}

func (l ledger) Offs(cluster string) (map[string]roles.Off, error) {
	kept, err := l.Store.Offs(cluster)
	offs := make(map[string]roles.Off, len(kept))
	for serial, data := range kept {
		var off roles.Off
		err = errors.Join(err, json.Unmarshal(data, &off))
		offs[serial] = off
	}
	return offs, err
}

func (l ledger) Off(cluster, serial string, off *roles.Off) error {
	if off == nil {
		return l.Store.Off(cluster, serial, nil)
	}
	return l.Store.Off(cluster, serial, off)
}
