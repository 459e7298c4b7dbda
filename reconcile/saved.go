package reconcile

import (
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Saved is a plan that people have seen, to be carried out later exactly as they saw it. It holds no
// secret: of secrets and of whole bodies it has keyed hashes, by which the wanted ones are known again.
type Saved struct {
	ID      string      `json:"id"`
	Made    time.Time   `json:"made"`
	Subject string      `json:"subject,omitempty"` // "author: subject" of the commit
	Options PlanOptions `json:"options"`           // the consents that were given for it
	Plan    plan.Plan   `json:"plan"`
	Peers   []SavedPeer `json:"peers"` // those of the plan, in its order
}

// SavedPeer says which peer a plan was made for, and seals each of its changes, in their order.
type SavedPeer struct {
	Address  string       `json:"address"`
	Instance string       `json:"instance,omitempty"`
	Seals    []plan.Seals `json:"seals,omitempty"`
}

// Save makes a round one that can be kept. The id is to be like no other's.
func (r *Reconciler) Save(round *Round, id, subject string) Saved {
	s := Saved{ID: id, Made: r.Clock().UTC(), Subject: subject, Options: round.options, Plan: round.Plan}
	for _, p := range round.peers {
		peer := SavedPeer{Address: round.target.Cluster.Peers[p.plan.Serial].Address, Instance: p.instance}
		for _, change := range p.plan.Changes {
			peer.Seals = append(peer.Seals, plan.Seal(r.Key, p.plan.Serial, change))
		}
		s.Peers = append(s.Peers, peer)
	}
	return s
}

// Move is an object of a saved plan that is not what it was: an item, or, without a Key, the peer itself.
type Move struct {
	Serial string
	Alias  string
	Key    schema.Key
	Shifts []plan.Shift
}

// Reduce leaves of a round what a saved plan said, and returns what is not as it said, without which the
// round is not to be carried out. What else has moved does not matter: left is how many changes there would
// be now that are not in the saved plan. A peer that cannot be read has not moved; its changes will be
// reported as not attempted.
func (r *Reconciler) Reduce(round *Round, saved Saved) (moved []Move, left int) {
	now := map[string]*planned{}
	for i := range round.peers {
		now[round.peers[i].plan.Serial] = &round.peers[i]
	}
	for i, peer := range saved.Plan.Peers {
		k := keeper{Reconciler: r, target: round.target, saved: peer, sealed: saved.Peers[i], now: now[peer.Serial]}
		delete(now, peer.Serial)
		moves, others := k.keep()
		moved, left = append(moved, moves...), left+others
	}
	for _, p := range now { // peers that the plan did not know
		left += len(p.plan.Changes)
		p.plan.Changes = []plan.Change{}
	}
	for i, p := range round.peers {
		round.Plan.Peers[i] = p.plan
	}
	return moved, left
}
