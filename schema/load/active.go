package load

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Active is who holds what: of each role the places that are held, in the order of its seats. It is what
// cluster.active says while items are evaluated. It says nothing of a role that nobody holds.
type Active map[string][]Held

// Held is a place that is held.
type Held struct {
	Holder string `json:"holder"` // a serial
	Epoch  uint64 `json:"epoch"`
	Since  string `json:"since,omitempty"` // RFC 3339, UTC

	// Where the holder is, as the peers of the cluster say; "" if it is none of them. They are filled by Load.
	Address string `json:"address,omitempty"`
	Host    string `json:"host,omitempty"`
}

// of is what a cluster can be told: of its own roles, with the addresses of its own peers.
func (a Active) of(c *schema.Cluster) Active {
	known := Active{}
	for role, places := range a {
		if _, there := c.Roles[role]; !there || len(places) == 0 {
			continue
		}
		known[role] = slices.Clone(places)
		for i, held := range places {
			known[role][i].Address, known[role][i].Host = whereabouts(c, held.Holder)
		}
	}
	return known
}

// whereabouts are the address of a peer, and the host of it.
func whereabouts(c *schema.Cluster, serial string) (address, host string) {
	address = c.Peers[serial].Address
	if u, err := c.URL(serial); address != "" && err == nil {
		host = u.Hostname()
	}
	return address, host
}

// words say who holds what, for people: "1001 holds ingest, and 1002 scheduler".
func (a Active) words() string {
	var said []string
	for _, role := range slices.Sorted(maps.Keys(a)) {
		said = append(said, a[role][0].Holder+" holds "+role)
	}
	return strings.Join(said, ", ")
}

// supposed are states that a cluster may come to: its first peer holds all roles, or its last. There are two, since what
// a reader has for a default may be just what it reads in one of them. They are none where there are no roles, or no
// peers to hold them.
func supposed(c *schema.Cluster) []Active {
	serials := c.Serials()
	if len(serials) == 0 || len(c.Roles) == 0 {
		return nil
	}
	var states []Active
	for _, serial := range slices.Compact([]string{serials[0], serials[len(serials)-1]}) {
		all := Active{}
		for role := range c.Roles {
			all[role] = []Held{{Holder: serial, Epoch: 1, Since: "2006-01-02T15:04:05Z"}}
		}
		states = append(states, all.of(c))
	}
	return states
}

// fill says in a package who holds what.
func (a Active) fill(value cue.Value) cue.Value {
	if len(a) == 0 {
		return value
	}
	said := map[string]map[string]any{}
	for role, places := range a {
		said[role] = map[string]any{"places": places}
	}
	data, _ := json.Marshal(said) // strings and numbers never fail
	return value.FillPath(cue.ParsePath("cluster.active"), cuecontext.New().CompileBytes(data))
}

// key is what tells two inputs apart for a cache: their content, and who holds what.
func (in Input) key() string {
	if len(in.Active) == 0 {
		return in.Hash()
	}
	data, _ := json.Marshal(in.Active) // strings and numbers never fail
	return in.Hash() + string(data)
}

// unasked is the input without who holds what.
func (in Input) unasked() Input {
	in.Active = nil
	return in
}
