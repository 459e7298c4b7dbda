package rules

import (
	"maps"

	"github.com/gitops-reconciler/reconciler/schema"
)

// protect protects ids of users.
func protect(ids ...string) func(*schema.Cluster) {
	return func(c *schema.Cluster) {
		c.Guards.Protect = map[string]schema.Selection{"user": {All: len(ids) == 0, IDs: ids}}
	}
}

// unprotected is the step between.
func unprotected(c *schema.Cluster) { c.Guards.Protect = nil }

// users are declared, and nil ones taken away.
func users(bodies map[string]schema.Body) schema.Items {
	return schema.Items{"user": maps.Clone(bodies)}
}

func noAlice(c *schema.Cluster) { delete(c.Items["user"], "alice") }

func inEast(items schema.Items) func(*schema.Cluster) {
	return func(c *schema.Cluster) { c.Groups["east"] = schema.Group{Items: items} }
}

// left leaves all users to a peer.
func left(serial string) func(*schema.Cluster) {
	return peer(serial, func(p *schema.Peer) { p.Leave = map[string]schema.Selection{"user": {All: true}} })
}

func droppedExamples() []move {
	bob := users(map[string]schema.Body{"bob": {}})
	gone := users(map[string]schema.Body{"alice": nil})
	const everybody = " is protected, and peers 1001, 1002 and HC3 would lose it"
	return []move{
		{"at cluster scope", protect("a*e"), both(protect("a*e"), noAlice), unprotected, []string{`cluster.items.user.alice: user "alice"` + everybody}},
		{"together with its protection", protect(), noAlice, unprotected, []string{`cluster.items.user.alice: user "alice"` + everybody}},
		{"taken away at a peer", protect(), both(protect(), peerItems("HC3", gone)), unprotected, []string{`cluster.peers.HC3.items.user.alice: user "alice" is protected, and peer HC3 would lose it`}},
		{"taken away in a group", protect(), both(protect(), inEast(gone)), unprotected, []string{`cluster.groups.east.items.user.alice: user "alice" is protected, and peers 1001 and 1002 would lose it`}},
		{
			"a group's own", both(protect(), inEast(bob)), protect(), unprotected,
			[]string{`cluster.groups.east.items.user.bob: user "bob" is protected, and peers 1001 and 1002 would lose it`},
		},
		{
			"a peer's own", both(protect(), peerItems("HC3", bob)), protect(), unprotected,
			[]string{`cluster.peers.HC3.items.user.bob: user "bob" is protected, and peer HC3 would lose it`},
		},
		{
			"by another group", both(protect(), inEast(bob)), both(protect(), inEast(bob), group("1001", "west")), unprotected,
			[]string{`cluster.peers."1001".group: user "bob" is protected, and peer 1001 would lose it`},
		},
		{
			"by a narrower share", protect(), both(protect(), share("HC3", map[string]schema.Sharing{"hosts": withGroup, "schedule": withGroup})), unprotected,
			[]string{`cluster.peers.HC3.share.hosts: user "alice" is protected, and peer HC3 would lose it`},
		},
		{
			"a peer's change goes with it", both(protect(), peerItems("HC3", users(map[string]schema.Body{"alice": {"x": 1}}))), both(protect(), noAlice), unprotected,
			[]string{`cluster.items.user.alice: user "alice"` + everybody},
		},
		{
			"left to the first of those alike", both(protect(), left("1001")), both(protect(), left("1001"), noAlice), unprotected,
			[]string{`cluster.items.user.alice: user "alice" is protected, and peers 1002 and HC3 would lose it`},
		},
		{
			"left to the first of those alike from now on", both(protect(), group("1002", ""), group("HC3", "")), both(protect(), group("1002", ""), group("HC3", ""), left("1002"), noAlice), unprotected,
			[]string{`cluster.items.user.alice: user "alice" is protected, and peers 1001 and HC3 would lose it`},
		},
		{"another item", protect("bob", "alic"), noAlice, nil, nil},
		{"protected only now", asItWas, both(protect(), peerItems("HC3", gone)), nil, nil},
		{"to a narrower scope", protect(), both(protect(), noAlice, inEast(users(map[string]schema.Body{"alice": {}})), peerItems("HC3", users(map[string]schema.Body{"alice": {}}))), nil, nil},
		{"a change of it", protect(), both(protect(), clusterItems(users(map[string]schema.Body{"alice": {}}))), nil, nil},
		{"a change of it is dropped", both(protect(), peerItems("HC3", users(map[string]schema.Body{"alice": {"x": 1}}))), protect(), nil, nil},
		{"shared no more", protect(), both(protect(), share("HC3", map[string]schema.Sharing{"hosts": none, "schedule": none})), nil, nil},
		{"left to the peers", protect(), both(protect(), noAlice, func(c *schema.Cluster) { c.Leave = map[string]schema.Selection{"user": {IDs: []string{"al*"}}} }), nil, nil},
		{"it was left to the peer", both(protect(), left("HC3")), both(protect(), peerItems("HC3", gone)), nil, nil},
		{"the peer goes too", both(protect(), peerItems("HC3", bob)), both(protect(), without("HC3")), nil, nil},
	}
}
