package plan

import (
	"fmt"
	"slices"
	"strings"
)

// Refusal is what a guard does not let happen, and why.
type Refusal struct {
	Guard    Why      `json:"guard"`              // MaxDeletes, MaxUpdates or Emptied
	Peers    []string `json:"peers,omitempty"`    // serials of the peers of which it is true; none: of the cluster
	N        int      `json:"n"`                  // items that would be changed
	Replaced int      `json:"replaced,omitempty"` // those of them that would be made anew
	There    int      `json:"there"`              // items that are there
	Most     int      `json:"most"`               // how many may be changed
	Limit    string   `json:"limit,omitempty"`    // as it is written: "30%"
	Where    string   `json:"where,omitempty"`    // guards.deletes, or the flag
}

// String says what, how many, the limit and what to do.
func (r Refusal) String() string {
	if r.Guard == Emptied {
		return fmt.Sprintf("Git names no item for %s, and what is there (%s) would be deleted: none is. "+
			"If that is meant, consent with --allow-empty %s; if not, put the items back, or suspend the peer, or let it share nothing.",
			several(r.Peers), r.number(), strings.Join(r.Peers, ","))
	}
	return fmt.Sprintf("%s would be %s, and %s allows %s: none is. If that is meant, consent with --%s %d, or raise %s.",
		r.share(), r.what(), r.Where, r.allowed(), r.Guard, r.N, r.declared())
}

func (r Refusal) share() string {
	if len(r.Peers) == 0 {
		return fmt.Sprintf("%d of the %d items of the cluster", r.N, r.There)
	}
	return fmt.Sprintf("%d of the %d items on %s", r.N, r.There, serials(r.Peers))
}

func (r Refusal) what() string {
	switch {
	case r.Guard == MaxUpdates:
		return "changed"
	case r.Replaced == r.N:
		return "deleted and made anew"
	case r.Replaced > 0:
		return fmt.Sprintf("deleted (%d of them to be made anew)", r.Replaced)
	default:
		return "deleted"
	}
}

func (r Refusal) allowed() string {
	if strings.HasSuffix(r.Limit, "%") {
		return fmt.Sprintf("%d (%s)", r.Most, r.Limit)
	}
	return r.Limit
}

// declared is where the limit stands that holds for every run.
func (r Refusal) declared() string {
	if r.Guard == MaxUpdates {
		return "guards.updates"
	}
	return "guards.deletes"
}

func (r Refusal) number() string {
	text := fmt.Sprintf("%d items", r.N)
	if r.N == 1 {
		text = "1 item"
	}
	if len(r.Peers) > 1 {
		text += " each"
	}
	return text
}

// serials names a few of many peers, of each of which something is true.
func serials(peers []string) string {
	if len(peers) > 1 {
		return "each of " + several(peers)
	}
	return several(peers)
}

func several(peers []string) string {
	last := len(peers) - 1
	switch {
	case len(peers) > mostNamed+1:
		return fmt.Sprintf("%s and %d more peers", strings.Join(peers[:mostNamed], ", "), len(peers)-mostNamed)
	case last > 0:
		return strings.Join(peers[:last], ", ") + " and " + peers[last]
	default:
		return strings.Join(peers, ", ")
	}
}

// merged says of peers that are alike once what is true of all of them.
func merged(all []Refusal) []Refusal {
	var merged []Refusal
	for _, r := range all {
		i := slices.IndexFunc(merged, func(m Refusal) bool { return len(r.Peers) > 0 && len(m.Peers) > 0 && r.like(m) })
		if i < 0 {
			merged = append(merged, r)
			continue
		}
		merged[i].Peers = append(merged[i].Peers, r.Peers...)
	}
	return merged
}

func (r Refusal) like(m Refusal) bool {
	return r.Guard == m.Guard && r.N == m.N && r.Replaced == m.Replaced && r.There == m.There && r.Most == m.Most
}
