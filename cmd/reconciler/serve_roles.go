package main

import (
	"context"
	"sync"

	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/reconcile"
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
