package plan

import (
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Guards are how much one plan may do, on every peer and to the cluster as a whole.
type Guards struct {
	Deletes    Limit
	Updates    Limit
	AllowEmpty []string // consent: serials of peers from which everything may go
}

// Draft is a peer's plan before the guards, and what it was made of. Of a peer without changes only what
// Git names is asked for. A rollback may be about a part of a peer, and says what is there of ours.
type Draft struct {
	Peer *Peer
	In   Input
	Ours map[schema.Key]bool // nil: what the plan is about is all
}

// Guard holds what is more than the guards allow, and says so. Where there is too much of something on a
// peer, or in the cluster, none of it is carried out: to pick some would leave to chance what goes, and let
// all of it go in a few runs. A replacement counts as a deletion.
//
// Of a peer counts what is to be carried out, against what is there of ours; of the cluster each item once,
// however many peers have it, so that a commit is judged alike for three peers and for a hundred. What a
// peer's guard has refused does not count for the cluster.
//
// Creates are never held by it, nor updates by a refused deletion; but what a server does not let exist
// beside the item that stays has to wait for that.
func Guard(g Guards, drafts []Draft) []Refusal {
	var all []Refusal
	before := make([]int, len(drafts))
	for i, d := range drafts {
		before[i] = d.held()
		all = append(all, g.peer(d)...)
	}
	for _, limit := range g.limits() {
		all = append(all, limit.cluster(drafts)...)
	}
	for i, d := range drafts {
		if d.held() > before[i] {
			relate(d.In, d.Peer.Changes)
		}
	}
	return merged(all)
}

// guarded is a limit, and what it counts.
type guarded struct {
	Limit
	why    Why
	counts func(Change) bool
}

func (g Guards) limits() []guarded {
	return []guarded{
		{g.Deletes, MaxDeletes, func(c Change) bool { return c.Action == Delete || c.Action == Replace }},
		{g.Updates, MaxUpdates, func(c Change) bool { return c.Action == Update }},
	}
}

// peer holds what is too much on one peer. That it would be emptied is said beside that it is too much, so
// that both consents can be given at once.
func (g Guards) peer(d Draft) []Refusal {
	var found []Refusal
	deletes, updates := g.limits()[0], g.limits()[1]
	going, changing := deletes.pending([]Draft{d}), updates.pending([]Draft{d})
	refuse := func(r Refusal, exceeded bool, changes []*Change) {
		if exceeded {
			r.Peers = []string{d.Peer.Serial}
			found = append(found, r)
			hold(changes, r.Guard)
		}
	}
	refusal, exceeded := deletes.exceeded(going, d.there())
	refuse(refusal, exceeded, going)
	refusal, exceeded = updates.exceeded(changing, d.there())
	refuse(refusal, exceeded, changing)
	emptied := len(going) > 0 && d.empty() && !slices.Contains(g.AllowEmpty, d.Peer.Serial)
	refuse(Refusal{Guard: Emptied, N: len(going), There: d.there()}, emptied, going)
	return found
}

// cluster holds what is too much for the cluster.
func (l guarded) cluster(drafts []Draft) []Refusal {
	pending := l.pending(drafts)
	if len(pending) == 0 {
		return nil
	}
	refusal, exceeded := l.exceeded(pending, len(present(drafts)))
	if !exceeded {
		return nil
	}
	hold(pending, l.why)
	return []Refusal{refusal}
}

// pending are the changes that are to be carried out and count.
func (l guarded) pending(drafts []Draft) []*Change {
	var pending []*Change
	for _, d := range drafts {
		for i := range d.Peer.Changes {
			if c := &d.Peer.Changes[i]; !c.Held && l.counts(*c) {
				pending = append(pending, c)
			}
		}
	}
	return pending
}

func hold(changes []*Change, why Why) {
	for _, c := range changes {
		c.hold(Hold{Why: why})
	}
}

// exceeded tells whether the changes are about more items than may be changed of those that are there.
func (l guarded) exceeded(pending []*Change, there int) (Refusal, bool) {
	anew := map[schema.Key]bool{}
	for _, c := range pending {
		anew[c.Key] = anew[c.Key] || c.Action == Replace
	}
	r := Refusal{Guard: l.why, N: len(anew), There: there, Most: l.of(there), Limit: l.String(), Where: l.Where}
	for _, is := range anew {
		if is {
			r.Replaced++
		}
	}
	return r, !l.Allows(r.N, there)
}

// Refused tells whether a guard holds the change.
func (c Change) Refused() bool { return c.limited() || c.WaitsFor(Protected) }

// limited tells whether a guard holds the change, because there is too much of its like.
func (c Change) limited() bool { return slices.ContainsFunc(c.Holds, Hold.limits) }

func (h Hold) limits() bool { return h.Why == MaxDeletes || h.Why == MaxUpdates || h.Why == Emptied }
