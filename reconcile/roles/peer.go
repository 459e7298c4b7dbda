package roles

import (
	"context"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// peer is one, as the owner knows it. At most one probe of it and one errand to it are under way.
type peer struct {
	serial  string
	address schema.Peer // what it was connected by
	conn    Peer
	policy  health.Policy

	probing   bool
	probeDue  time.Time
	deepDue   time.Time
	ask       uint64 // the number of a question that is to be asked now; 0: none
	busy      bool   // with an errand
	errandDue time.Time
	answer    lease.Answer
	failed    string              // why the last errand came to nothing
	concerned bool                // it may hold something
	turn      map[schema.Key]bool // items that were dealt anew, and may not be so there yet
}

// due is when there is something to do about the peer.
func (p *peer) due() time.Time {
	due := p.probeDue
	if p.probing {
		due = p.probeDue.Add(p.policy.Probe)
	}
	if p.concerned && !p.busy && p.errandDue.Before(due) {
		due = p.errandDue
	}
	return due
}

// connect keeps a connection to each peer. Who is gone from the files while it holds something is still known.
func (o *owner) connect(config health.Config) {
	peers := make(map[string]*peer, len(config.Peers))
	for _, watched := range config.Peers {
		p := o.peers[watched.Serial]
		if p == nil || !same(p.address, o.cluster.Peers[watched.Serial]) {
			p = o.open(watched.Serial, watched.Policy)
		}
		p.policy = watched.Policy
		peers[watched.Serial] = p
	}
	o.peers = peers
}

// same tells whether a peer is reached in the same way.
func same(a, b schema.Peer) bool {
	return a.Address == b.Address && a.Credentials == b.Credentials && a.SecurePort == b.SecurePort
}

func (o *owner) open(serial string, policy health.Policy) *peer {
	now := o.options.Clock()
	p := &peer{serial: serial, address: o.cluster.Peers[serial], probeDue: now.Add(jitter(serial, policy.Probe)), errandDue: now, turn: map[schema.Key]bool{}}
	var err error
	if p.conn, err = o.options.Open(o.cluster, serial); err != nil {
		p.conn = nil
		p.failed = err.Error()
	}
	return p
}

// jitter spreads the first probes over the time between two, so that not all peers are asked in one instant: by their
// names, so that it is the same after a restart.
func jitter(serial string, probe time.Duration) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(serial)) // never fails
	return probe * time.Duration(h.Sum32()%1000) / 1000
}

// dispatch has every peer asked that is due, and given its orders.
func (o *owner) dispatch(ctx context.Context, now time.Time, given orders) {
	o.concern()
	for _, serial := range slices.Sorted(maps.Keys(o.peers)) {
		p := o.peers[serial]
		if p.conn == nil {
			continue
		}
		o.probe(ctx, p, now)
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

// probe asks a peer how it is, if that is due.
func (o *owner) probe(ctx context.Context, p *peer, now time.Time) {
	if p.policy.Probe == 0 || p.probing || p.ask == 0 && now.Before(p.probeDue) {
		return
	}
	ask := p.ask
	deep := ask == 0 && p.policy.Deep > 0 && !now.Before(p.deepDue)
	if deep {
		p.deepDue = now.Add(p.policy.Deep)
	}
	p.probing, p.ask, p.probeDue = true, 0, now.Add(p.policy.Probe)
	conn, timeout := p.conn, p.policy.Timeout
	o.work.Go(func() {
		bounded, cancel := context.WithTimeout(ctx, max(timeout, time.Millisecond))
		defer cancel()
		err := conn.Health(bounded, deep)
		o.post(func(o *owner) {
			p.probing = false
			if ctx.Err() == nil { // else it is we who gave up
				o.events = append(o.events, health.Probe{Serial: p.serial, Err: err, Deep: deep, Ask: ask})
			}
		})
	})
}

// errand gives a peer its orders, and then asks it what runs there.
func (o *owner) errand(ctx context.Context, p *peer, now time.Time, given *order) {
	p.busy = true
	e := o.newErrand(p, given)
	o.work.Go(func() {
		r := e.run(ctx)
		o.post(func(o *owner) {
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
		failed = r.err.Error()
	}
	if failed != "" && p.failed == "" {
		o.options.Events(Event{Kind: OrderFail, Peer: p.serial, Text: failed})
	}
	p.failed = failed
}
