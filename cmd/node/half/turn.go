package half

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/gitops-reconciler/reconciler/providers/node"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// step is what an order makes of a node at a moment.
type step func(n lease.Node, now time.Duration) (lease.Node, []lease.Command, error)

// order carries an order out, after what it gives to remember has been written: first it is only tried. What
// is written and then refused, since the disk took its time, does no harm: the node refuses more than it must.
// Meanwhile the loop goes on.
func (h *Half) order(do step) error {
	h.orders.Lock()
	defer h.orders.Unlock()
	before, after, err := h.try(do)
	if err != nil {
		return err
	}
	if !after.Equal(before) {
		if err := h.keep(h.path, after); err != nil {
			return fmt.Errorf("write down leases: %w", err)
		}
	}
	return h.turn(do)
}

// try says what an order gives to remember.
func (h *Half) try(do step) (before, after lease.Kept, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.ready(); err != nil {
		return before, after, err
	}
	now := h.tick()
	next, _, err := do(h.node, now)
	return h.node.Kept, next.Kept, refuse(err)
}

// turn carries an order out.
func (h *Half) turn(do step) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.ready(); err != nil {
		return err
	}
	now := h.tick()
	next, commands, err := do(h.node, now)
	h.become(next, commands)
	ping(h.wake) // something else may be due first
	return refuse(err)
}

// refusal is the half's own no, in its own words.
type refusal struct{ error }

// Is makes it a node.ErrRefused.
func (refusal) Is(target error) bool { return target == node.ErrRefused }

func refuse(err error) error {
	if err == nil {
		return nil
	}
	return refusal{err}
}

// tick does what is due, and returns the time. What everybody else asks for comes after it, so that a process
// that was stopped for a while gives up its old leases before it does anything else. It is called with the lock.
func (h *Half) tick() time.Duration {
	m := h.options.Clock()
	why := m.jumped(h.last)
	h.last = m
	if why != "" {
		// Grants that are on their way were made for another time: it counts as another boot.
		h.become(lease.Boot(h.node.Kept, rand.Text(), h.options.Places...))
		h.options.Logger.Warn("every place is given up", "reason", why)
	}
	next, commands := h.node.Tick(m.Boot)
	h.become(next, commands)
	return m.Boot
}

// become takes over the next node, and has its commands carried out. It is called with the lock.
func (h *Half) become(next lease.Node, commands []lease.Command) {
	h.node = next
	for _, c := range commands {
		h.carryOut(c, 0)
	}
	for _, c := range commands { // afterwards: whoever reads the log may hang
		h.options.Logger.Info("place", "place", c.Place.String(), "epoch", next.Kept.Epochs[c.Place], "act", string(c.Act))
	}
}

// ping does not wait: whoever is woken looks at all there is.
func ping(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// tenure, grant and revoke carry words over the border: providers/node does not import ours.
func tenure(t schema.Tenure) node.Tenure {
	places := make(map[node.Place]node.Tenant, len(t.Places))
	for place, tenant := range t.Places {
		places[node.Place(place)] = node.Tenant{Epoch: tenant.Epoch, State: string(tenant.State), Until: tenant.Until}
	}
	return node.Tenure{Store: t.Store, Boot: t.Boot, Now: t.Now, Places: places}
}

func grant(g node.Grant) schema.Grant {
	return schema.Grant{Store: g.Store, Boot: g.Boot, Place: schema.Place(g.Place), Epoch: g.Epoch, Until: g.Until, StopWithin: g.StopWithin}
}

func revoke(r node.Revoke) schema.Revoke {
	return schema.Revoke{Store: r.Store, Place: schema.Place(r.Place), Epoch: r.Epoch}
}
