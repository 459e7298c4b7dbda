package main

import (
	"fmt"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

// block is what is to happen on some peers, in words.
type block struct {
	peers []string
	text  strings.Builder
}

// blocks puts together the changes that the same peers get, in the order of the first of each: of a
// hundred peers that get the same user, the user is shown once.
func (u *ui) blocks(p plan.Plan, concise bool) []*block {
	lines, on := u.lines(p, concise)
	var blocks []*block
	at := map[string]*block{}
	for _, line := range lines {
		names := strings.Join(on[line], "\n")
		if at[names] == nil {
			at[names] = &block{peers: on[line]}
			blocks = append(blocks, at[names])
		}
		at[names].text.WriteString(line)
	}
	return blocks
}

// lines returns every distinct problem and change as it will be printed, and the peers it is about.
func (u *ui) lines(p plan.Plan, concise bool) ([]string, map[string][]string) {
	var lines []string
	on := map[string][]string{}
	for _, peer := range p.Peers {
		for _, line := range u.peer(peer, concise) {
			if on[line] == nil {
				lines = append(lines, line)
			}
			on[line] = append(on[line], named(peer.Serial, peer.Alias))
		}
	}
	return lines, on
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
