package assign

import (
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// nobody is in the place of a candidate's rank where there is none.
const nobody = -1

// table is one role while it is decided on. Candidates are named by their rank among the eligible.
type table struct {
	roster
	name string
	role schema.Role

	about  []int // the peers that it is about, also those that are not electable
	ranked []candidate
	rank   map[string]int // by serial
	scopes map[string]*scope

	chairs []chair // the places, and behind them those that are too many
	places int     // how many there are to be
	at     []int   // by rank: the number of the chair that a candidate has, or nobody
}

// candidate is a peer that may hold the role, as it stands now.
type candidate struct {
	*peer
	standing standing
	backup   bool // it waits until productions are lost
}

// standing is what a peer can do for a role.
type standing int

const (
	ready   standing = iota // it may take a place
	staying                 // it keeps its place and gets nothing new
	leaving                 // it gives its place up as planned
	lost                    // it has lost its place
)

// chair is a place while it is decided on.
type chair struct {
	number  int
	seat    int // from the top; chairs of one seat stand beside each other
	name    string
	seating lease.Seating
	who     int  // a rank, nobody, or an outsider
	fixed   bool // who sits there stays there
	asked   bool // for who sits there
	kept    string
	refused string
	until   time.Time
	kind    lease.Kind // of the move, once it is known; "" else
	cause   string
}

// stands is how a peer stands to a role.
func (t *table) stands(p *peer) standing {
	keeps := p.suspended != nil && p.suspended.Roles != "release"
	switch {
	case p.Verdict == health.Close || p.Verdict == health.Dead && !t.in.Now.Before(t.waits(p)):
		return lost
	case alive(p) && t.unfit(p.serial) != "":
		return lost
	case p.suspended != nil && !keeps:
		return leaving
	case p.Verdict != health.Live || keeps:
		return staying
	default:
		return ready
	}
}

// unfit is why a peer cannot hold the role; "": it can. Of a role that goes with another it is that one that counts.
func (t *table) unfit(serial string) string { return t.in.Unfit[t.lead(t.name)][serial] }

// waits is when the role stops waiting for a peer that is DEAD.
func (t *table) waits(p *peer) time.Time { return p.Since.Add(span(t.role.Wait)) }

// decide decides on a role that stands alone.
func (r roster) decide(name string) *table {
	t := &table{roster: r, name: name, role: r.in.Cluster.Roles[name]}
	t.enrol()
	t.count()
	t.places = t.wanted()
	t.seat()
	switch {
	case r.in.Frozen != "":
		t.hold("frozen: " + r.in.Frozen)
	case r.in.Paused != "":
		t.grant()
		t.hold("paused: " + r.in.Paused)
	default:
		t.grant()
		t.vacate()
		t.fill(t.sitting())
		t.failBack()
		t.fill(nil) // a place that somebody leaves for a better one does not stay free because another's failback settles
	}
	t.answer()
	return t
}

// enrol finds the eligible and ranks them.
func (t *table) enrol() {
	t.about = t.listed(t.role)
	productions := false
	for _, i := range t.about {
		productions = productions || t.peers[i].electable && !t.peers[i].backup
	}
	t.rank = make(map[string]int, len(t.about))
	for _, i := range t.about {
		p := &t.peers[i]
		if !p.electable {
			continue
		}
		t.rank[p.serial] = len(t.ranked)
		t.ranked = append(t.ranked, candidate{p, t.stands(p), p.backup && productions})
	}
}
