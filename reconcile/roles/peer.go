package roles

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/reconcile/probe"
	"github.com/gitops-reconciler/reconciler/schema"
)

// peer is one, as the owner knows it. At most one probe of it and one errand to it are under way.
type peer struct {
	serial  string
	address schema.Peer // what it was connected by
	conn    Peer
	left    *schema.Cluster // that it is gone from, while it holds something; nil: it is there
	policy  health.Policy

	opened    time.Time
	busy      bool // with an errand
	errandDue time.Time
	answer    lease.Answer
	failed    string // why the last errand came to nothing
	concerned bool   // it may hold something
	fencing   bool
	fenceDue  time.Time           // when it may be fenced, once more
	turn      map[schema.Key]bool // items that were dealt anew, and may not be so there yet
}

// due is when the peer is to be asked what runs there.
func (p *peer) due() (at time.Time, is bool) {
	return p.errandDue, p.concerned && !p.busy && p.conn != nil
}

// connect keeps a connection to each peer. Who is gone from the files while it holds something is still asked, and
// stopped: left is the cluster that it was in. One that went while nobody watched is looked for in what was kept before.
func (o *owner) connect(config health.Config, left *schema.Cluster) {
	peers := make(map[string]*peer, len(config.Peers))
	for _, watched := range config.Peers {
		p := o.peers[watched.Serial]
		if p == nil || !same(p.address, o.cluster.Peers[watched.Serial]) {
			p = o.open(o.cluster, watched.Serial)
		}
		p.policy = watched.Policy
		peers[watched.Serial] = p
	}
	for serial, p := range o.peers {
		if _, stays := peers[serial]; !stays && o.holds(serial) {
			p.left = cmp.Or(p.left, left)
			peers[serial] = p
		}
	}
	for _, seat := range o.ledger.Places {
		if peers[seat.Holder] == nil && o.was(seat.Holder) {
			peers[seat.Holder] = o.revisit(seat.Holder)
		}
	}
	o.peers = peers
	o.prober.Watch(o.targets())
}

// was tells whether a peer was in the cluster that was kept before this start.
func (o *owner) was(serial string) bool {
	if o.before == nil {
		return false
	}
	_, was := o.before.Peers[serial]
	return was
}

// revisit connects to a peer that is gone, as it was before this start. What it runs is what the cluster says by now:
// what that peer had of its own is not known any more.
func (o *owner) revisit(serial string) *peer {
	c := *o.cluster
	c.Peers = maps.Clone(c.Peers)
	was := o.before.Peers[serial]
	was.Items = nil
	c.Peers[serial] = was
	p := o.open(&c, serial)
	p.left = &c
	if policy, err := health.PolicyOf(&c, serial); err == nil { // else it is asked as often as it can be
		p.policy = policy
	}
	return p
}

// within is the cluster that a peer is in, or was when it left.
func (o *owner) within(serial string) *schema.Cluster {
	if p := o.peers[serial]; p != nil && p.left != nil {
		return p.left
	}
	return o.cluster
}

// targets are the peers that can be asked how they are.
func (o *owner) targets() []probe.Target {
	var targets []probe.Target
	for _, serial := range slices.Sorted(maps.Keys(o.peers)) {
		if p := o.peers[serial]; p.conn != nil {
			targets = append(targets, probe.Target{Serial: serial, Client: p.conn, Probe: p.policy.Probe, Timeout: p.policy.Timeout, Deep: p.policy.Deep})
		}
	}
	return targets
}

// same tells whether a peer is reached in the same way.
func same(a, b schema.Peer) bool {
	return a.Address == b.Address && a.Credentials == b.Credentials && a.SecurePort == b.SecurePort && a.Sidecar == b.Sidecar
}

func (o *owner) open(c *schema.Cluster, serial string) *peer {
	now := o.options.Clock()
	p := &peer{serial: serial, address: c.Peers[serial], opened: now, errandDue: now, turn: map[schema.Key]bool{}}
	var err error
	if p.conn, err = o.options.Open(c, serial); err != nil {
		p.conn = nil
		p.failed = err.Error()
	}
	return p
}

// dispatch has every peer asked that is due, and given its orders.
func (o *owner) dispatch(ctx context.Context, now time.Time, given orders) {
	o.concern()
	for _, serial := range slices.Sorted(maps.Keys(o.peers)) {
		p := o.peers[serial]
		if p.conn == nil {
			continue
		}
		mine := given[serial]
		urgent := p.failed == "" && (mine != nil || len(p.turn) > 0)
		if p.concerned && !p.busy && (urgent || !now.Before(p.errandDue)) {
			o.errand(ctx, p, now, mine)
		}
	}
}

// concern marks the peers that may hold something: candidates, and who holds something still.
func (o *owner) concern() {
	for _, p := range o.peers {
		p.concerned = false
	}
	mark := func(serial string) {
		if p := o.peers[serial]; p != nil {
			p.concerned = true
		}
	}
	for _, role := range o.decision.Roles {
		for _, candidate := range role.Candidates {
			mark(candidate.Serial)
		}
	}
	for _, seat := range o.ledger.Places {
		mark(seat.Holder)
	}
}

// errand gives a peer its orders, and then asks it what runs there.
func (o *owner) errand(ctx context.Context, p *peer, now time.Time, given *order) {
	p.busy = true
	e := o.newErrand(p, given)
	if o.trials[p.serial] != nil {
		e.starts = nil // it is to be seen how it comes up by itself
	}
	items := o.lookingAt(p)
	o.work.Go(func() {
		found := e.look(ctx, items)
		r := e.run(ctx)
		o.post(func(o *owner) {
			o.looked(p, found)
			if r.err == nil {
				o.turned(p, e.turn)
			}
			o.returned(p, r)
		})
	})
	p.errandDue = now.Add(o.every(p))
}

// every is how often a peer is asked what runs there: often enough that a lease outlives an answer that is lost.
func (o *owner) every(p *peer) time.Duration {
	every := p.policy.Probe
	if every == 0 {
		every = health.Tick
	}
	if p.policy.Lease > 0 {
		every = min(every, p.policy.Lease/4)
	}
	return max(every, 100*time.Millisecond)
}

// returned takes what came of an errand.
func (o *owner) returned(p *peer, r result) {
	p.busy = false
	if r.answer.Received != 0 {
		p.answer = r.answer
	}
	for _, e := range r.done {
		o.options.Events(e)
	}
	failed := ""
	if r.err != nil {
		failed = strings.ReplaceAll(r.err.Error(), "\n", "; ")
	}
	if failed != "" && p.failed == "" {
		o.options.Events(Event{Kind: OrderFail, Peer: p.serial, Text: failed})
	}
	p.failed = failed
}
