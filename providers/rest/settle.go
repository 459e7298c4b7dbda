package rest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// The waits between two looks at a change that takes its time; each is twice the one before.
const (
	firstLook = 100 * time.Millisecond
	lastLook  = 2 * time.Second
)

// settling is how to see that a change has really happened.
type settling struct {
	Path   string  `json:"path"`
	At     pointer `json:"at"`
	Is     []any   `json:"is"`
	Within int     `json:"within"` // seconds
}

// settle looks until a change has happened: until the value is one that is wanted or, of a delete, until
// there is nothing any more. It waits a bounded time, all its waits together.
func (c *Client) settle(ctx context.Context, p *place, change plan.Change) error {
	s := p.kind.Settle
	if s == nil {
		return nil
	}
	op := "settle " + change.Key.String()
	path, err := p.path(ctx, s.Path)
	if err != nil {
		return failure(op, schema.Rejected, err)
	}
	var waited time.Duration
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		seen, err := c.look(ctx, op, path, s)
		if err != nil || seen.settled(change.Action, s) {
			return err
		}
		if waited >= time.Duration(s.Within)*time.Second {
			return failure(op, schema.Busy, fmt.Errorf("the peer accepted it, but after %d s %s", s.Within, seen.say(s)))
		}
		if err := c.options.Pause(ctx, pause); err != nil {
			return failure(op, schema.Unreachable, err)
		}
		waited += pause
	}
}

// glance is what one look has seen.
type glance struct {
	there bool
	value any
}

func (c *Client) look(ctx context.Context, op, path string, s *settling) (glance, error) {
	a, err := c.do(ctx, request{op: op, method: http.MethodGet, path: path})
	if a.status == http.StatusNotFound {
		return glance{}, nil
	}
	value, _ := s.At.at(a.body)
	return glance{err == nil, value}, err
}

func (g glance) settled(action plan.Action, s *settling) bool {
	if action == plan.Delete {
		return !g.there
	}
	return g.there && slices.Contains(s.Is, g.value)
}

func (g glance) say(s *settling) string {
	if !g.there {
		return "it is not there"
	}
	return fmt.Sprintf("its %s is %v", s.At, g.value)
}

// pause waits by the clock.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
