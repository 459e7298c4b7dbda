package half

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gitops-reconciler/reconciler/providers/node"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

const (
	fileName = "leases.json"
	// pulse is how often the loop looks at the clock when nothing is due: a timer does not count the time for
	// which the machine slept.
	pulse = 200 * time.Millisecond
)

// Turn is what is done about a place.
type Turn struct {
	Place  schema.Place
	Epoch  uint64        // the highest that was seen of it
	Within time.Duration // so long it may take; 0: at once
}

// Hands start and stop what places stand for. They return when that is done, or an error. When the context
// ends they give up: something else is to be done about the place, and its hands are called again.
type Hands interface {
	Start(ctx context.Context, t Turn) error
	Stop(ctx context.Context, t Turn) error
	Force(ctx context.Context, t Turn) error
}

// Options are what a Half may be told. The zero value holds any place, and is silent.
type Options struct {
	Places    []schema.Place // the only ones it may hold, each stopped before it answers that it is passive; none: any
	BootStop  time.Duration  // so long they may take to stop gently when the half boots; 0: by force at once
	Clock     func() Moment  // nil: the machine's
	Heartbeat func()         // called at every turn of the loop; nil: not at all
	Logger    *slog.Logger   // gets what is done at Info, what failed at Warn and Error; nil drops it
}

// Half is the node's half of leases. It is safe for concurrent use.
type Half struct {
	options Options
	path    string
	hands   Hands
	keep    func(path string, k lease.Kept) error
	work    sync.WaitGroup // of hands
	wake    chan struct{}  // the loop: something else is due
	stopped chan struct{}  // Leave: a place has stopped

	orders sync.Mutex // held while an order is written down and carried out
	mu     sync.Mutex // of what follows; never held for longer than it takes to decide
	booted bool
	leaves bool
	node   lease.Node
	last   Moment
	hand   map[schema.Place]*hand
}

// New returns a half that keeps what it must know in dir. It does nothing, and is not ready, before Boot.
func New(dir string, hands Hands, o Options) *Half {
	if o.Clock == nil {
		o.Clock = Clock()
	}
	if o.Heartbeat == nil {
		o.Heartbeat = func() {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Half{
		options: o, path: filepath.Join(dir, fileName), hands: hands, keep: keep, hand: map[schema.Place]*hand{},
		wake: make(chan struct{}, 1), stopped: make(chan struct{}, 1),
	}
}

// Tenure is what the node has of the places that were granted to it.
func (h *Half) Tenure() (node.Tenure, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.ready(); err != nil {
		return node.Tenure{}, err
	}
	now := h.tick()
	return tenure(h.node.Tenure(now)), nil
}

// Held are the roles that the node holds at this moment, each with its epoch.
func (h *Half) Held() map[string]uint64 {
	held := map[string]uint64{}
	t, _ := h.Tenure() // not ready is to hold nothing
	for place, tenant := range t.Places {
		if tenant.State == string(schema.Active) {
			held[place.Role] = max(held[place.Role], tenant.Epoch)
		}
	}
	return held
}

// Grant lets the node hold a place for a while.
func (h *Half) Grant(g node.Grant) error {
	if err := h.gates(schema.Place(g.Place)); err != nil {
		return err
	}
	return h.order(func(n lease.Node, now time.Duration) (lease.Node, []lease.Command, error) {
		if h.leaves {
			return n, nil, errors.New("the node is being stopped, and gives up what it holds")
		}
		return n.Grant(grant(g), now)
	})
}

// Revoke takes a place away. It waits a little for what stops at once, so that one request is enough.
func (h *Half) Revoke(r node.Revoke) (node.Tenure, error) {
	err := h.order(func(n lease.Node, now time.Duration) (lease.Node, []lease.Command, error) {
		return n.Revoke(revoke(r), now)
	})
	if err != nil {
		return node.Tenure{}, err
	}
	h.linger(schema.Place(r.Place))
	return h.Tenure()
}

// gates refuses a place that the hands do not know.
func (h *Half) gates(place schema.Place) error {
	if own := h.options.Places; len(own) > 0 && !slices.Contains(own, place) {
		return refuse(fmt.Errorf("refuse %s: this node does not gate it; start it with that among its places", place))
	}
	return nil
}

// ready is called with the lock.
func (h *Half) ready() error {
	if !h.booted {
		return fmt.Errorf("%w: the node starts, or has ended", node.ErrNotReady)
	}
	return nil
}
