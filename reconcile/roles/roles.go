// Package roles keeps the roles of a cluster where they belong: it watches the peers, has assign decide who shall hold
// each place and lease when it may change hands, writes that down in the ledger, and carries it out at the peers.
//
// It is level-triggered. One goroutine owns all that is known, and decides anew at every step; asking a peer and giving
// it its orders are done beside it, for each peer one after the other, so that a peer that is slow or dead holds up no
// other. Whatever an order comes to, the next answer of the peer says how things are.
package roles

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/assign"
	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/reconcile/probe"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Peer is a peer as far as its health and its roles go. Its errors carry a *schema.Failure.
type Peer interface {
	// Health asks once how it is; deep also whether it does what it is for.
	Health(ctx context.Context, deep bool) error
	// Read returns one item, or nil if the peer does not have it.
	Read(ctx context.Context, key schema.Key) (schema.Body, error)
}

// Leaser is a Peer whose node takes leases, if Leases says so.
type Leaser interface {
	Leases() bool
	Tenure(ctx context.Context) (schema.Tenure, error)
	Grant(ctx context.Context, g schema.Grant) error
	Revoke(ctx context.Context, r schema.Revoke) (schema.Tenure, error)
}

// Ledger is where it is written down who holds what. What it returns was on the disk before.
type Ledger interface {
	// Lead begins a term: whoever led before can change nothing any more.
	Lead(cluster, leader string) (lease.Ledger, error)
	Ledger(cluster string) (lease.Ledger, error)
	Swap(cluster string, s lease.Swap) error
	// Settle says that the ledger need not count as restored any longer.
	Settle(cluster string, term uint64) error
	Deals(cluster string) (map[string]assign.Deal, error)
	Deal(cluster string, deals map[string]assign.Deal) error
	// Offs are the peers that run nothing although they do not say so.
	Offs(cluster string) (map[string]Off, error)
	Off(cluster, serial string, off *Off) error
}

// Off is why a peer runs nothing.
type Off struct {
	By    string    `json:"by"`    // the fence, or the person who attests it
	Lasts bool      `json:"lasts"` // whatever is rebooted
	Since time.Time `json:"since"` // UTC
}

// Options of a Keeper. All but Enrolments are required.
type Options struct {
	Open   func(c *schema.Cluster, serial string) (Peer, error) // connects to no one yet
	Ledger Ledger
	// Switch brings items of a peer to what the cluster says, in which the levers are set, and reads them back.
	Switch func(ctx context.Context, c *schema.Cluster, serial string, keys []schema.Key) error
	// Fence makes sure that a peer runs nothing, and will not, whatever is rebooted: that is what no error says.
	Fence func(ctx context.Context, hook schema.Hook, whom Fenced) error
	// Enrolments is where it is kept which peers come up passive; nil: of none it is known.
	Enrolments Enrolments
	Leader     string // a name that no other start of a controller has
	Clock      func() time.Time
	Events     func(Event) // told what happens, from the goroutine that runs it; it must not wait for anything
}

// Keeper keeps the roles of one cluster.
type Keeper struct {
	options Options
	status  atomic.Pointer[Status]

	heard probe.Inbox // of the health of peers
	mu    sync.Mutex
	inbox []func(*owner)
	wake  chan struct{}
}

// New returns a keeper that does nothing before Run.
func New(o Options) *Keeper {
	k := &Keeper{options: o, wake: make(chan struct{}, 1)}
	k.status.Store(&Status{Version: 1})
	return k
}

// post has the owner do something, soon.
func (k *Keeper) post(do func(*owner)) {
	k.mu.Lock()
	k.inbox = append(k.inbox, do)
	k.mu.Unlock()
	select {
	case k.wake <- struct{}{}:
	default: // it is about to wake
	}
}

// Hear takes what came to be known of the health of peers, such as their heartbeats. It tells whether there was room.
func (k *Keeper) Hear(events ...health.Event) bool { return k.heard.Put(events...) }

func (k *Keeper) take() []func(*owner) {
	k.mu.Lock()
	defer k.mu.Unlock()
	taken := k.inbox
	k.inbox = nil
	return taken
}

// Keep has it keep the roles of this cluster from now on, which is the one before with other peers, roles or items.
func (k *Keeper) Keep(c *schema.Cluster) {
	k.post(func(o *owner) { o.keep(c) })
}

// Succeed tells of the cluster that whoever ran before kept last; it comes before Keep. A holder that is gone from the
// files since then is still asked to stop, where it was.
func (k *Keeper) Succeed(before *schema.Cluster) {
	k.post(func(o *owner) { o.before = before })
}

// soon is how long what comes in is collected before a step: a thousand answers are one step.
const soon = 20 * time.Millisecond

// Run keeps the roles until ctx ends; then it lets go of nothing: leases run out unless the next controller renews
// them, and everything else stays as it is.
func (k *Keeper) Run(ctx context.Context) {
	o := newOwner(k)
	o.work.Go(func() { o.prober.Run(ctx) })
	defer o.work.Wait()
	for ctx.Err() == nil {
		timer := time.NewTimer(o.pause())
		select {
		case <-ctx.Done():
		case <-k.wake:
			collect(ctx, soon)
		case <-timer.C:
		}
		timer.Stop()
		for _, do := range k.take() {
			do(o)
		}
		o.step(ctx)
	}
}

func collect(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Event is something that happened. Of its fields those are given that matter to its kind.
type Event struct {
	Kind   Kind
	Signal health.Signal // of Health
	Place  schema.Place
	From   string
	To     string
	Epoch  uint64
	Peer   string
	Alarm  Trouble
	Text   string // why, for people
	Do     string // what a person has to do
}

// Kind is the kind of an event.
type Kind string

// The kinds of events.
const (
	Health    Kind = "health"    // a signal of the detector
	Moved     Kind = "moved"     // a place has another holder
	Moving    Kind = "moving"    // a move began
	Stop      Kind = "stop"      // what a place stands for was switched off at a peer
	Start     Kind = "start"     // it was switched on there
	Blocked   Kind = "blocked"   // a place cannot move before a person does something
	Unblocked Kind = "unblocked" // it can again, or has
	Fencing   Kind = "fencing"   // a fence begins
	FenceDone Kind = "fenced"    // it holds
	FenceFail Kind = "unfenced"  // it came to nothing; it is tried again
	Settled   Kind = "settled"   // it is certain now who holds what
	OrderFail Kind = "order"     // an order came to nothing; it is given again
	Alarmed   Kind = "alarm"     // something that a person should see to, or more is known about it
	Calmed    Kind = "calm"      // it is over
)
