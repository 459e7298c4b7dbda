package rules

import (
	"maps"

	"github.com/gitops-reconciler/reconciler/schema"
)

// peer changes one peer of a cluster.
func peer(serial string, change func(*schema.Peer)) func(*schema.Cluster) {
	return func(c *schema.Cluster) {
		p := c.Peers[serial]
		change(&p)
		c.Peers[serial] = p
	}
}

func address(serial, address string) func(*schema.Cluster) {
	return peer(serial, func(p *schema.Peer) { p.Address = address })
}

func share(serial string, classes map[string]bool) func(*schema.Cluster) {
	return peer(serial, func(p *schema.Peer) {
		p.Share = maps.Clone(p.Share)
		maps.Copy(p.Share, classes)
	})
}

func groupItems(items schema.Items) func(*schema.Cluster) {
	return func(c *schema.Cluster) { c.Groups["west"] = schema.Group{Items: items} }
}

func groupExamples() []example {
	return []example{
		{
			"a misspelt group", peer("1002", func(p *schema.Peer) { p.Group = "eats" }),
			[]string{`cluster.peers."1002".group: group "eats" is not declared; add groups: eats: {}, or name one of: east, west`},
		},
		{
			"no groups", func(c *schema.Cluster) { c.Groups = nil },
			[]string{
				`cluster.peers."1001".group: group "east" is not declared; add groups: east: {}, or name one of: (none)`,
				`cluster.peers."1002".group: group "east" is not declared; add groups: east: {}, or name one of: (none)`,
			},
		},
		{"another group", peer("1002", func(p *schema.Peer) { p.Group = "west" }), nil},
		{"no group", peer("1002", func(p *schema.Peer) { p.Group = "" }), nil},
	}
}

func named(group string) func(*schema.Cluster) {
	return func(c *schema.Cluster) { c.Groups[group] = schema.Group{} }
}

func nameExamples() []example {
	renamed := func(serial string) func(*schema.Cluster) {
		return func(c *schema.Cluster) {
			c.Peers[serial] = c.Peers["HC3"]
			delete(c.Peers, "HC3")
		}
	}
	const noSerial = ` is no serial: it is of letters, digits and, between them, dashes; as in 1001 or HC-2`
	const noName = ` is no name of a group: it is a letter a-z, then letters, digits or dashes`
	return []example{
		{"a host's name", renamed("n3.example.org"), []string{`cluster.peers."n3.example.org": "n3.example.org"` + noSerial}},
		{"a dash at the end", renamed("HC3-"), []string{`cluster.peers."HC3-": "HC3-"` + noSerial}},
		{"nothing", renamed(""), []string{`cluster.peers."": ""` + noSerial}},
		{"a capital", named("East"), []string{`cluster.groups.East: "East"` + noName}},
		{"a digit", named("1"), []string{`cluster.groups."1": "1"` + noName}},
		{"a dash in a serial", renamed("HC--3"), nil},
		{"one letter", renamed("H"), nil},
		{"a dash in a group's name", named("e-2A"), nil},
	}
}

func callableExamples() []example {
	return []example{
		{
			"a port beyond 65535", address("1001", "n1:70000"),
			[]string{`cluster.peers."1001".address: address "n1:70000": want a port from 1 to 65535`},
		},
		{
			"a password in the address", address("1001", "https://admin:hunter2@n1"),
			[]string{`cluster.peers."1001".address: an address holds no user and no password; write them under credentials`},
		},
		{"the last port", address("1001", "n1:65535"), nil},
	}
}

func addressExamples() []example {
	return []example{
		{
			"one in two spellings", address("HC3", "HTTPS://N1:0443/"),
			[]string{`cluster.peers.HC3.address: https://n1:443 is the address of peer 1001 too; each peer needs its own`},
		},
		{
			"one three times", func(c *schema.Cluster) { address("1002", "n1")(c); address("HC3", "n1")(c) },
			[]string{
				`cluster.peers."1002".address: https://n1:443 is the address of peer 1001 too; each peer needs its own`,
				`cluster.peers.HC3.address: https://n1:443 is the address of peer 1001 too; each peer needs its own`,
			},
		},
		{"another port", address("1002", "n1:8443"), nil},
		{"another scheme", address("1002", "http://n1"), nil},
	}
}

func serialExamples() []example {
	return []example{
		{
			"another case", func(c *schema.Cluster) { c.Peers["hc3"] = schema.Peer{Address: "n4", Share: c.Peers["HC3"].Share} },
			[]string{`cluster.peers.hc3: serials HC3 and hc3 differ only in letter case; people will mix them up: rename one`},
		},
		{"leading zeros", func(c *schema.Cluster) { c.Peers["HC03"] = schema.Peer{Address: "n4", Share: c.Peers["HC3"].Share} }, nil},
	}
}

// Who runs by the clock needs the hosts, who has hosts the certificates.
func shareExamples() []example {
	return []example{
		{
			"the schedule without the hosts", share("1001", map[string]bool{"hosts": false}),
			[]string{`cluster.peers."1001".share.hosts: schedule is shared but hosts, which it needs, is not; share hosts too, or set schedule: false`},
		},
		{
			"the hosts without the certificates", share("1001", map[string]bool{"certificates": false}),
			[]string{`cluster.peers."1001".share.certificates: hosts is shared but certificates, which it needs, is not; share certificates too, or set hosts: false`},
		},
		{"neither the schedule nor the hosts", share("1001", map[string]bool{"schedule": false, "hosts": false}), nil},
		{"the hosts without the schedule", share("1001", map[string]bool{"schedule": false}), nil},
		{"nothing", share("1001", map[string]bool{"all": false, "certificates": false, "hosts": false, "schedule": false}), nil},
	}
}

func itemKindExamples() []example {
	folder := schema.Items{"folder": {"inbox": {}}}
	said := `: product has no kind "folder"; its kinds are: cert, job, user`
	return []example{
		{"at cluster scope", func(c *schema.Cluster) { c.Items = folder }, []string{"cluster.items.folder" + said}},
		{"at a group", groupItems(folder), []string{"cluster.groups.west.items.folder" + said}},
		{
			"at a peer, taking it away", peer("HC3", func(p *schema.Peer) { p.Items = schema.Items{"folder": {"inbox": nil}} }),
			[]string{"cluster.peers.HC3.items.folder" + said},
		},
		{"a kind without items", groupItems(schema.Items{"job": nil}), nil},
	}
}

func secretExamples() []example {
	const said = ": a secret is written as a reference, env:NAME or file:PATH; never put the secret itself into Git"
	user := func(body schema.Body) schema.Items { return schema.Items{"user": {"bob": body}} }
	return []example{
		{
			"at cluster scope", func(c *schema.Cluster) { c.Items = user(schema.Body{"password": "hunter2"}) },
			[]string{"cluster.items.user.bob.password" + said},
		},
		{
			"at a group, deeper", groupItems(user(schema.Body{"proxy": map[string]any{"password": "hunter2"}})),
			[]string{"cluster.groups.west.items.user.bob.proxy.password" + said},
		},
		{
			"at a peer, a number", peer("1001", func(p *schema.Peer) { p.Items = user(schema.Body{"password": int64(4711)}) }),
			[]string{`cluster.peers."1001".items.user.bob.password` + said},
		},
		{"an environment variable", groupItems(user(schema.Body{"password": "env:BOB"})), nil},
		{"a file", groupItems(user(schema.Body{"password": "file:/run/secrets/bob"})), nil},
		{"taken away", groupItems(user(schema.Body{"password": nil})), nil},
		{"the whole user taken away", groupItems(user(nil)), nil},
		{"another field", groupItems(user(schema.Body{"passwords": "hunter2", "proxy": "hunter2"})), nil},
		{"another kind", groupItems(schema.Items{"job": {"a": {"password": "hunter2"}}}), nil},
	}
}
