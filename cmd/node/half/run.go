package half

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
)

// Boot reads what was kept, and begins to stop whatever runs from before: every place that the node ever held
// or may hold says stopping until it has. It fails on a file that cannot be read.
func (h *Half) Boot() error {
	kept, err := recall(h.path)
	if err != nil {
		return fmt.Errorf("boot leases: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last, h.booted = h.options.Clock(), true
	next, commands := lease.Boot(kept, rand.Text(), h.options.Places...)
	h.node = next
	for _, c := range commands {
		h.options.Logger.Info("place", "place", c.Place.String(), "epoch", kept.Epochs[c.Place], "act", "boot passive")
		h.carryOut(c, h.options.BootStop)
	}
	return nil
}

// Run keeps time until the context ends. It then returns at once: what is held goes on, so Leave comes first
// where that is not meant.
func (h *Half) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
		case <-timer.C:
		}
		timer.Reset(h.beat())
		h.options.Heartbeat()
	}
}

// beat does what is due, and says when to look again.
func (h *Half) beat() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.tick()
	next, due := h.node.Next()
	if !due {
		return pulse
	}
	return min(max(next-now, 0), pulse)
}

// Leave stops all that is held, gently while the leases last and then by force, and takes no more orders. It
// returns when nothing runs, or with the context's error. Close comes after it.
func (h *Half) Leave(ctx context.Context) error {
	h.leave()
	for {
		if h.passive() {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("places still run: %w", ctx.Err())
		case <-h.stopped:
		}
	}
}

func (h *Half) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.tick()
	h.leaves = true
	next, commands := h.node.Drop()
	h.node = next
	for _, c := range commands {
		h.options.Logger.Info("place", "place", c.Place.String(), "epoch", next.Kept.Epochs[c.Place], "act", "leave")
		h.carryOut(c, c.By-now)
	}
}

func (h *Half) passive() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.hand) == 0
}

// Close gives up what the hands are at, and waits for them.
func (h *Half) Close() {
	h.mu.Lock()
	h.booted = false
	for _, hand := range h.hand {
		hand.cancel()
	}
	h.mu.Unlock()
	h.work.Wait()
}
