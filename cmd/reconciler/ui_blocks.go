package main

import (
	"fmt"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// entry is one thing that is said about a peer: a change, or, without an action, something about the peer.
type entry struct {
	text   string
	key    schema.Key
	action plan.Action
	grave  bool
}

// grave tells whether a change takes something away, or waits for somebody.
func grave(c plan.Change) bool {
	return c.Held || c.Action == plan.Delete || c.Action == plan.Replace
}

// block is what is to happen on some peers, in words.
type block struct {
	peers []string
	shown []string
	left  plan.Summary // the changes that are not shown
}

// mostChanges is how many different changes are shown, and mostFields how many fields of one, unless all
// are asked for: nobody reads ten thousand.
const (
	mostChanges = 200
	mostFields  = 50
)

// blocks puts together the changes that the same peers get, in the order of the first of each: of a
// hundred peers that get the same user, the user is shown once.
func (u *ui) blocks(p plan.Plan, concise bool) []*block {
	entries, on := u.entries(p, concise)
	shows := u.room(entries)
	var blocks []*block
	at := map[string]*block{}
	for _, e := range entries {
		names := strings.Join(on[e], "\n")
		if at[names] == nil {
			at[names] = &block{peers: on[e]}
			blocks = append(blocks, at[names])
		}
		if shows(e) {
			at[names].shown = append(at[names].shown, e.text)
		} else {
			at[names].left.Count(plan.Change{Action: e.action})
		}
	}
	return blocks
}

// room tells, of each entry in turn, whether it is shown: what is grave before the rest, and all that is no
// change.
func (u *ui) room(entries []entry) func(entry) bool {
	serious := 0
	for _, e := range entries {
		if e.grave {
			serious++
		}
	}
	left := map[bool]int{true: min(serious, mostChanges), false: mostChanges - min(serious, mostChanges)}
	return func(e entry) bool {
		if u.full || e.action == "" {
			return true
		}
		left[e.grave]--
		return left[e.grave] >= 0
	}
}

// entries returns every distinct problem and change as it will be printed, and the peers it is about.
func (u *ui) entries(p plan.Plan, concise bool) ([]entry, map[entry][]string) {
	var entries []entry
	on := map[entry][]string{}
	for _, peer := range p.Peers {
		for _, e := range u.peer(peer, concise) {
			if on[e] == nil {
				entries = append(entries, e)
			}
			on[e] = append(on[e], named(peer.Serial, peer.Alias))
		}
	}
	return entries, on
}

// String is the block as text: what is shown, and how much is not.
func (b *block) String() string {
	text := strings.Join(b.shown, "")
	if b.left.Changes() > 0 {
		text += fmt.Sprintf("  ... and %s: %s (--full shows all)\n", count(b.left.Changes(), "more change"), totals(b.left))
	}
	return text
}

// mostNamed is how many peers a heading names.
const mostNamed = 8

func heading(peers []string, all int) string {
	switch {
	case len(peers) == all && all == 2:
		return "both peers"
	case len(peers) == all && all > 2:
		return fmt.Sprintf("all %d peers", all)
	case len(peers) > mostNamed:
		return fmt.Sprintf("%s and %d more peers", strings.Join(peers[:mostNamed], ", "), len(peers)-mostNamed)
	default:
		return strings.Join(peers, ", ")
	}
}
