package rules

import (
	"github.com/gitops-reconciler/reconciler/schema"
)

// move is an example of a change from one cluster to another, each as the valid one with a change.
type move struct {
	is              string // what is changed, in words
	old, next, step func(*schema.Cluster)
	want            []string // what is said; nothing for a near miss, which needs no step between
}

func transitionExamples() map[string][]move {
	return map[string][]move{
		"cluster-renamed":   renamedExamples(),
		"master-kept":       masterExamples(),
		"peer-renamed":      serialExamples(),
		"protected-dropped": droppedExamples(),
		"transport-kept":    transportExamples(),
	}
}

func asItWas(*schema.Cluster) {}

func rename(name string) func(*schema.Cluster) {
	return func(c *schema.Cluster) { c.Name = name }
}

// without drops peers.
func without(serials ...string) func(*schema.Cluster) {
	return func(c *schema.Cluster) {
		for _, serial := range serials {
			delete(c.Peers, serial)
		}
	}
}

// suspend takes peers out, for good or until a time.
func suspend(until string, serials ...string) func(*schema.Cluster) {
	return func(c *schema.Cluster) {
		for _, serial := range serials {
			peer(serial, func(p *schema.Peer) { p.Suspended = &schema.Suspended{Until: until} })(c)
		}
	}
}

func renamedExamples() []move {
	nobody := without("1001", "1002", "HC3")
	return []move{
		{
			"the same peers", asItWas, rename("edi"), nobody,
			[]string{"cluster.name: what was applied to peers 1001, 1002 and HC3 is remembered under the name mft"},
		},
		{
			"one of them, suspended", asItWas, both(rename("edi"), without("1001", "1002"), suspend("", "HC3")), nobody,
			[]string{"cluster.name: what was applied to peer HC3 is remembered under the name mft"},
		},
		{
			"many", both(another("4"), another("5"), another("6")), both(rename("edi"), another("4"), another("5"), another("6")),
			both(nobody, without("4", "5", "6")),
			[]string{"cluster.name: what was applied to peers 4, 5, 6 and 3 more is remembered under the name mft"},
		},
		{"other peers", nobody, rename("edi"), nil, nil},
		{"another note", asItWas, func(c *schema.Cluster) { c.Note = "edi" }, nil, nil},
	}
}

func serialExamples() []move {
	// as is HC3 under another serial, with something else about it.
	as := func(serial string, change func(*schema.Peer)) func(*schema.Cluster) {
		return both(another(serial), peer(serial, change), without("HC3"))
	}
	same := func(p *schema.Peer) { p.Address = "https://n3:443" }
	known := peer("HC3", func(p *schema.Peer) { p.Alias = "alpha" })
	return []move{
		{
			"at its address", asItWas, as("HC4", same), without("HC3"),
			[]string{"cluster.peers.HC4.address: peer HC3 had this address, and is gone"},
		},
		{
			"by its alias", known, as("HC4", func(p *schema.Peer) { p.Alias = "alpha" }), without("HC3"),
			[]string{"cluster.peers.HC4.alias: peer HC3 had this alias, and is gone"},
		},
		{
			"both", known, as("HC4", func(p *schema.Peer) { p.Alias, p.Address = "alpha", "n3" }), without("HC3"),
			[]string{"cluster.peers.HC4.address: peer HC3 had this address, and is gone"},
		},
		{"another machine", asItWas, as("HC4", func(*schema.Peer) {}), nil, nil},
		{"beside the old one, which moved", asItWas, both(another("HC4"), address("HC4", "n3"), address("HC3", "m3")), nil, nil},
		{"one that was there took the address", both(another("HC4")), both(another("HC4"), address("HC4", "n3"), without("HC3")), nil, nil},
		{"at another port", asItWas, as("HC4", func(p *schema.Peer) { p.Address = "n3:8443" }), nil, nil},
	}
}

func masterExamples() []move {
	master := func(serial string) func(*schema.Cluster) {
		return role(func(r *schema.Role) { r.Candidates = []string{serial} })
	}
	return []move{
		{
			"a slave stays", master("1001"), master("1002"), without("HC3"),
			[]string{"cluster.roles.scheduler.candidates: peer HC3 would follow 1002 as scheduler instead of 1001"},
		},
		{
			"two stay, and the master goes", both(master("1001"), another("4")), both(master("1002"), another("4"), without("1001")), suspend("", "4", "HC3"),
			[]string{"cluster.roles.scheduler.candidates: peers 4 and HC3 would follow 1002 as scheduler instead of 1001"},
		},
		{
			"a slave that is away for a while only", both(master("1001"), suspend("2026-01-31T18:00Z", "HC3")), master("1002"), suspend("", "HC3"),
			[]string{"cluster.roles.scheduler.candidates: peer HC3 would follow 1002 as scheduler instead of 1001"},
		},
		{"master and only slave change places", both(master("1001"), without("HC3")), both(master("1002"), without("HC3")), nil, nil},
		{"the slave goes with it", master("1001"), both(master("1002"), suspend("", "HC3")), nil, nil},
		{"the slave comes with it", both(master("1001"), without("HC3")), master("1002"), nil, nil},
		{"the same master", master("1001"), both(master("1001"), another("4")), nil, nil},
		{"a role that nobody follows", both(master("1001"), following()), both(master("1002"), following()), nil, nil},
		{"anyone may hold it", asItWas, master("1002"), nil, nil},
	}
}

// following is a product whose peers follow the holders of these roles.
func following(roles ...string) func(*schema.Cluster) {
	return func(c *schema.Cluster) { c.Provider.Kept.Roles = roles }
}

func transportExamples() []move {
	transport := func(transport string) func(*schema.Cluster) {
		return func(c *schema.Cluster) { c.Transport = transport }
	}
	return []move{
		{
			"slaves stay", asItWas, transport("http"), without("1002", "HC3"),
			[]string{"cluster.transport: it changes from https to http while peers 1001, 1002 and HC3 stay"},
		},
		{
			"back", transport("http"), asItWas, suspend("", "1002", "HC3"),
			[]string{"cluster.transport: it changes from http to https while peers 1001, 1002 and HC3 stay"},
		},
		{
			"to either", asItWas, both(transport(""), without("1002")), without("1002", "HC3"),
			[]string{"cluster.transport: it changes from https to either while peers 1001 and HC3 stay"},
		},
		{"one stays", asItWas, both(transport("http"), without("1002"), suspend("", "HC3")), nil, nil},
		{"all are suspended with it", asItWas, both(transport("http"), func(c *schema.Cluster) { c.Suspended = &schema.Suspended{} }), nil, nil},
		{"all were suspended", func(c *schema.Cluster) { c.Suspended = &schema.Suspended{} }, transport("http"), nil, nil},
		{"a product that does not mind", asItWas, both(transport("http"), func(c *schema.Cluster) { c.Provider.Kept.Transport = false }), nil, nil},
	}
}
