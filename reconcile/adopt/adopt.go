// Package adopt decides what of a peer's own changes is taken over into Git, and whether the files that came
// out say exactly that.
//
// The package is pure: it takes plans, what peers hold and clusters, and writes nothing. How files are
// changed is schema/load's affair. It must not adopt an emptied server: what is gone there counts as deleted
// only where a plan says so, which it does of no other installation than the one that was applied to, and
// never beyond the cluster's guard.
package adopt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Request is what a user names: [PEER:]KIND/ID, with * for any text.
type Request struct {
	Text   string
	serial string // "" for any peer
	kind   schema.Selection
	id     schema.Selection
	exact  bool // it names one item
}

// Requested takes a request apart.
func Requested(c *schema.Cluster, text string) (Request, error) {
	before, id, ok := strings.Cut(text, "/")
	serial, kind, scoped := strings.Cut(before, ":")
	if !scoped {
		serial, kind = "", before
	}
	r := Request{text, serial, schema.Selection{IDs: []string{kind}}, schema.Selection{IDs: []string{id}}, !strings.Contains(text, "*")}
	if !ok || id == "" {
		return r, fmt.Errorf("%s: want KIND/ID or PEER:KIND/ID, as in host/globex, 1001:host/globex or 'host/*'", text)
	}
	if _, known := c.Peers[serial]; scoped && !known {
		return r, fmt.Errorf("%s: there is no peer %s", text, serial)
	}
	for name := range c.Provider.Kinds {
		if r.kind.Names(name) {
			return r, nil
		}
	}
	return r, fmt.Errorf("%s: there is no kind %s", text, kind)
}

func (r Request) names(serial string, key schema.Key) bool {
	return (r.serial == "" || r.serial == serial) && r.kind.Names(key.Kind) && r.id.Names(key.ID)
}

// Held is what a peer holds, as far as it could be listed.
type Held struct {
	Serial string
	Items  schema.Items
}

// What a peer did to an item.
type What string

// What it may be.
const (
	Changed What = "changed"
	Added   What = "added"
	Deleted What = "deleted"
)

// Candidate is one item of a peer that may be taken over.
type Candidate struct {
	schema.Key
	Serial string
	What   What
	Fields [][]string // of one that was changed: the paths of those that are taken over
}

// Refusal is what is not taken over, and why.
type Refusal struct {
	schema.Key
	Serial string
	Why    string

	Takes []Take // what it would be, for a proposal
}

// Choose finds what the requests name. What only differs on first contact, or from a change of Git's, is
// chosen where a request names just that item; a deletion only where they are asked for, and no more of a
// peer's items are gone than the limit allows.
func Choose(c *schema.Cluster, p plan.Plan, held []Held, requests []Request, deletions bool, limit plan.Limit) ([]Candidate, []Refusal) {
	ch := chooser{cluster: c, requests: requests, deletions: deletions, limit: limit}
	for _, peer := range p.Peers {
		ch.peer(peer)
	}
	for _, s := range held {
		ch.foreign(s)
	}
	slices.SortStableFunc(ch.chosen, func(a, b Candidate) int { return schema.CompareSerials(a.Serial, b.Serial) })
	return ch.chosen, ch.refused
}

type chooser struct {
	cluster   *schema.Cluster
	requests  []Request
	deletions bool
	limit     plan.Limit
	chosen    []Candidate
	refused   []Refusal
}

// named tells whether some request names an item, and whether one names nothing else.
func (ch *chooser) named(serial string, key schema.Key) (named, exactly bool) {
	for _, r := range ch.requests {
		if r.names(serial, key) {
			named, exactly = true, exactly || r.exact
		}
	}
	return named, exactly
}

func (ch *chooser) peer(p plan.Peer) {
	gone, all := 0, p.InSync+len(p.Changes)
	for _, change := range p.Changes {
		if change.Reason == plan.Missing {
			gone++
		}
	}
	for _, change := range p.Changes {
		named, exactly := ch.named(p.Serial, change.Key)
		switch {
		case !named:
		case change.Action == plan.Update || change.Action == plan.Replace:
			ch.changed(p, change, exactly)
		case change.Reason == plan.Missing && !ch.deletions:
			ch.refuse(p.Serial, change.Key, "it was deleted there; --deletions takes that over")
		case change.Reason == plan.Missing && ch.emptied(gone, all):
			ch.refuse(p.Serial, change.Key, fmt.Sprintf("%d of its %d items are gone, which is more than %s (%s): it looks emptied, not tidied", gone, all, ch.limit.Where, ch.limit))
		case change.Reason == plan.Missing:
			ch.chosen = append(ch.chosen, Candidate{Key: change.Key, Serial: p.Serial, What: Deleted})
		}
	}
}

// emptied tells whether a peer lost more than anybody tidies away: more than the limit, or all of several.
func (ch *chooser) emptied(gone, all int) bool {
	return !ch.limit.Allows(gone, all) || gone > 1 && gone == all
}

func (ch *chooser) refuse(serial string, key schema.Key, why string) {
	ch.refused = append(ch.refused, Refusal{Key: key, Serial: serial, Why: why})
}

func (ch *chooser) changed(p plan.Peer, change plan.Change, exactly bool) {
	candidate := Candidate{Key: change.Key, Serial: p.Serial, What: Changed}
	for _, field := range change.Fields {
		switch {
		case field.Secret && exactly:
			ch.refuse(p.Serial, change.Key, schema.JoinPath(field.Path)+" is a secret: what the peer has cannot be read, and is never adopted")
		case field.Secret || field.Reason == plan.Git:
		case field.Reason == plan.Drift || exactly:
			candidate.Fields = append(candidate.Fields, field.Path)
		}
	}
	if len(candidate.Fields) > 0 {
		ch.chosen = append(ch.chosen, candidate)
	}
}

// foreign chooses items that a request names and Git does not.
func (ch *chooser) foreign(s Held) {
	desired := ch.cluster.Desired(s.Serial)
	for _, r := range ch.requests {
		for kind, bodies := range s.Items {
			for id := range bodies {
				key := schema.Key{Kind: kind, ID: id}
				if _, wanted := desired[kind][id]; !wanted && r.exact && r.names(s.Serial, key) {
					ch.chosen = append(ch.chosen, Candidate{Key: key, Serial: s.Serial, What: Added})
				}
			}
		}
	}
}
