package half

import (
	"context"
	"errors"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

const (
	// again is how long a hand waits before it tries again what failed.
	again = 100 * time.Millisecond
	// forceWithin is how long one try to stop a place by force may take.
	forceWithin = 10 * time.Second
	// soon is how long a revoke waits for the place to have stopped.
	soon = 100 * time.Millisecond
)

// hand is what is being done about a place, or was done last and left it running.
type hand struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// carryOut begins with a command, and gives up what is being done about its place. What is forced may be
// stopped gently for a while before. It is called with the lock.
func (h *Half) carryOut(c lease.Command, gently time.Duration) {
	ctx, cancel := context.WithCancel(context.Background())
	before, now := h.hand[c.Place], &hand{cancel, make(chan struct{})}
	h.hand[c.Place] = now
	turn := Turn{Place: c.Place, Epoch: h.node.Kept.Epochs[c.Place], Within: c.By - h.last.Boot}
	if c.Act == lease.Force {
		turn.Within = gently
	}
	h.work.Go(func() {
		defer close(now.done)
		if before != nil {
			before.cancel()
			<-before.done
		}
		if c.Act == lease.Start {
			turn.Within = c.By - h.options.Clock().Boot // the process may have been stopped meanwhile
		}
		if h.act(ctx, c.Act, turn) {
			h.over(c.Place, now)
		}
	})
}

// act tells whether nothing of the place runs any more.
func (h *Half) act(ctx context.Context, act lease.Act, t Turn) (over bool) {
	if act == lease.Start {
		if t.Within > 0 && h.start(ctx, t) {
			return false
		}
		t.Within = 0 // it may be half started
	}
	return h.gently(ctx, t) || h.force(ctx, t)
}

// start takes as long as it takes, while the lease is renewed. It tells whether that, or something else, goes on.
func (h *Half) start(ctx context.Context, t Turn) bool {
	return h.attempt(ctx, t, h.hands.Start) == nil || ctx.Err() != nil
}

// gently tries until the time is over.
func (h *Half) gently(ctx context.Context, t Turn) (over bool) {
	ctx, cancel := context.WithTimeout(ctx, t.Within)
	defer cancel()
	return h.until(ctx, func() error { return h.attempt(ctx, t, h.hands.Stop) })
}

// force tries for ever: while the place may run nothing else can be done about it.
func (h *Half) force(ctx context.Context, t Turn) (over bool) {
	t.Within = 0
	return h.until(ctx, func() error {
		once, cancel := context.WithTimeout(ctx, forceWithin)
		defer cancel()
		return h.attempt(once, t, h.hands.Force)
	})
}

// until repeats until it succeeds, or the context ends.
func (h *Half) until(ctx context.Context, do func() error) (done bool) {
	for ctx.Err() == nil {
		if do() == nil {
			return true
		}
		pause(ctx)
	}
	return false
}

func pause(ctx context.Context) {
	timer := time.NewTimer(again)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// linger waits until nothing is being done about a place any more, but not for long.
func (h *Half) linger(place schema.Place) {
	enough := time.NewTimer(soon)
	defer enough.Stop()
	var last *hand
	for now := h.at(place); now != nil && now != last; last, now = now, h.at(place) {
		select {
		case <-now.done:
		case <-enough.C:
			return
		}
	}
}

// at returns what is being done about a place, or was done last and left it running; nil if it is passive.
func (h *Half) at(place schema.Place) *hand {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hand[place]
}

// attempt is one try, which says in the log why it failed. What was given up for something else has not.
func (h *Half) attempt(ctx context.Context, t Turn, do func(context.Context, Turn) error) error {
	err := do(ctx, t)
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		h.options.Logger.Error("place", "place", t.Place.String(), "epoch", t.Epoch, "error", err)
	}
	return err
}

// over takes note that nothing of a place runs, unless something else was begun about it meanwhile.
func (h *Half) over(place schema.Place, by *hand) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hand[place] != by {
		return
	}
	by.cancel()
	delete(h.hand, place)
	h.node = h.node.Stopped(place)
	h.options.Logger.Info("place", "place", place.String(), "epoch", h.node.Kept.Epochs[place], "act", "passive")
	ping(h.stopped)
}
