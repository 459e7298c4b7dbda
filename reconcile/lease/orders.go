package lease

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Longest is how far ahead a lease may end. What a node is asked for beyond it comes from a broken clock.
const Longest = time.Hour

// Grant starts a place, or lets it run on. An error says what was refused and why; of a refused grant nothing
// is kept. What is due by now is done in any case.
func (n Node) Grant(g schema.Grant, now time.Duration) (Node, []Command, error) {
	n, commands := n.Tick(now)
	if err := n.refuse(g, now); err != nil {
		return n, commands, fmt.Errorf("refuse %s at epoch %d: %w", g.Place, g.Epoch, err)
	}
	s, runs := n.stays[g.Place]
	s.state, s.epoch, s.stopWithin = schema.Active, g.Epoch, g.StopWithin
	s.until = max(s.until, g.Until) // one that was overtaken on its way takes nothing back
	if !runs {
		commands = append(commands, Command{Start, g.Place, g.Until - g.StopWithin})
	}
	return n.saw(g.Store, g.Place, g.Epoch).with(g.Place, s), commands, nil
}

// Revoke stops what runs of a place at an epoch below, and has the node refuse all of those. An error says what
// was refused and why. It is done when the Tenure says Passive.
func (n Node) Revoke(r schema.Revoke, now time.Duration) (Node, []Command, error) {
	n, commands := n.Tick(now)
	s := n.stays[r.Place]
	if err := n.stranger(r.Store, r.Place, r.Epoch); err != nil {
		return n, commands, fmt.Errorf("refuse to give up %s below epoch %d: %w", r.Place, r.Epoch, err)
	}
	if s.state == schema.Active && s.epoch >= r.Epoch {
		return n, commands, fmt.Errorf("refuse to give up %s below epoch %d: it is held at %d; revoke a higher one", r.Place, r.Epoch, s.epoch)
	}
	n = n.saw(r.Store, r.Place, r.Epoch)
	if s.state == schema.Active {
		s.state, s.until = schema.Stopping, now+s.stopWithin
		n, commands = n.with(r.Place, s), append(commands, Command{Stop, r.Place, s.until})
	}
	return n, commands, nil
}

// refuse says what is wrong with a grant.
func (n Node) refuse(g schema.Grant, now time.Duration) error {
	left := g.Until - now
	switch err := n.stranger(g.Store, g.Place, g.Epoch); {
	case err != nil:
		return err
	case g.Boot != n.boot:
		return fmt.Errorf("it is for boot %q of this node, which is now %q; grant it on a new answer", g.Boot, n.boot)
	case g.StopWithin < 0 || left <= g.StopWithin:
		return fmt.Errorf("it leaves %v, of which stopping may take %v; it came too late, or the TTL is too short", left, g.StopWithin)
	case left > Longest:
		return fmt.Errorf("it would last %v, and %v is the most; look at the TTL and at the clocks", left, Longest)
	case n.stays[g.Place].state == schema.Stopping:
		return errors.New("it is still being stopped; grant it again once it is passive")
	}
	return nil
}

// stranger says why an order does not count here, whatever it is.
func (n Node) stranger(store string, place schema.Place, epoch uint64) error {
	if store == "" {
		return errors.New("it names no store")
	}
	if pinned := n.Kept.Store; pinned != "" && pinned != store {
		return fmt.Errorf("it comes from store %s, and this node takes orders from store %s alone; enrol it again if that is to change", store, pinned)
	}
	if seen := n.Kept.Epochs[place]; epoch < seen {
		return fmt.Errorf("this node has seen epoch %d; assign the place again, at %d or above", seen, seen+1)
	}
	return nil
}

// saw keeps whose order it was, and at which epoch.
func (n Node) saw(store string, place schema.Place, epoch uint64) Node {
	n.Kept.Store = store
	if seen, ok := n.Kept.Epochs[place]; ok && seen == epoch {
		return n
	}
	n.Kept.Epochs = maps.Clone(n.Kept.Epochs)
	if n.Kept.Epochs == nil {
		n.Kept.Epochs = map[schema.Place]uint64{}
	}
	n.Kept.Epochs[place] = epoch
	return n
}
