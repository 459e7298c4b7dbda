package rules

import (
	"github.com/gitops-reconciler/reconciler/schema"
)

func nameExamples() map[string][]example {
	renamed := func(serial string) func(*schema.Cluster) {
		return both(another(serial), address(serial, "n4"))
	}
	named := func(name string) func(*schema.Cluster) {
		return func(c *schema.Cluster) { c.Groups[name] = schema.Group{} }
	}
	const noSerial = ` is no serial: letters, digits and, between them, dashes, as in 1001 or HC-2`
	const noName = ` is no name: a letter a-z, then letters, digits or dashes`
	return map[string][]example{"name-form": {
		{"a host's name", renamed("n3.example.org"), []string{`cluster.peers."n3.example.org": "n3.example.org"` + noSerial}},
		{"a dash at the end", renamed("HC3-"), []string{`cluster.peers."HC3-": "HC3-"` + noSerial}},
		{"nothing", renamed(""), []string{`cluster.peers."": ""` + noSerial}},
		{"a capital", named("East"), []string{`cluster.groups.East: "East"` + noName}},
		{"a digit", named("1"), []string{`cluster.groups."1": "1"` + noName}},
		{"a role's name", func(c *schema.Cluster) { c.Roles["Scheduler"] = schema.Role{} }, []string{`cluster.roles.Scheduler: "Scheduler"` + noName}},
		{"a window's name", func(c *schema.Cluster) { c.Windows["at_night"] = c.Windows["night"] }, []string{`cluster.windows.at_night: "at_night"` + noName}},
		{"a hook's name", func(c *schema.Cluster) { c.Hooks["2"] = c.Hooks["power"] }, []string{`cluster.hooks."2": "2"` + noName}},
		{"who is told", func(c *schema.Cluster) { c.Notify[""] = c.Notify["ops"] }, []string{`cluster.notify."": ""` + noName}},
		{"a dash in a serial", renamed("HC--3"), nil},
		{"one letter", renamed("H"), nil},
		{"a dash in a group's name", named("e-2A"), nil},
	}}
}

func peerExamples() map[string][]example {
	alias := func(serial, alias string) func(*schema.Cluster) {
		return peer(serial, func(p *schema.Peer) { p.Alias = alias })
	}
	first := 0
	return map[string][]example{
		"peer-group-exists": {
			{
				"a misspelt group", group("1001", "eats"),
				[]string{`cluster.peers."1001".group: group "eats" is not declared; declared are: east, west`},
			},
			{
				"no groups", func(c *schema.Cluster) { c.Groups = nil },
				[]string{
					`cluster.peers."1001".group: group "east" is not declared; declared are: (none)`,
					`cluster.peers."1002".group: group "east" is not declared; declared are: (none)`,
				},
			},
			{"another group", group("1002", "west"), nil},
			{"no group", group("1002", ""), nil},
		},
		"peer-certificate-key": {
			{"no key", credentials("HC3", schema.Credentials{Certificate: "us.pem"}), []string{`cluster.peers.HC3.credentials.certificate: it has no key`}},
			{"no certificate", credentials("HC3", schema.Credentials{Key: "env:KEY"}), []string{`cluster.peers.HC3.credentials.key: it has no certificate`}},
			{"a sidecar's", sidecar("HC3", schema.Sidecar{Address: "n3", Credentials: schema.Credentials{Certificate: "us.pem"}}), []string{`cluster.peers.HC3.sidecar.credentials.certificate: it has no key`}},
			{"both", credentials("HC3", schema.Credentials{Certificate: "us.pem", Key: "env:KEY"}), nil},
		},
		"peer-credentials-tls": {
			{
				"an authority", both(address("HC3", "http://n3"), credentials("HC3", schema.Credentials{CA: "ca.pem"})),
				[]string{`cluster.peers.HC3.credentials.ca: it is never used: the peer is called by http`},
			},
			{
				"an identity", both(address("HC3", "http://n3"), credentials("HC3", schema.Credentials{Identity: "spiffe://x/HC3"})),
				[]string{`cluster.peers.HC3.credentials.identity: it is never used: the peer is called by http`},
			},
			{
				"a sidecar's", sidecar("HC3", schema.Sidecar{Address: "http://n3", Credentials: schema.Credentials{CA: "ca.pem"}}),
				[]string{`cluster.peers.HC3.sidecar.credentials.ca: it is never used: the sidecar is called by http`},
			},
			{"a sidecar's, over TLS", sidecar("HC3", schema.Sidecar{Address: "n3", Credentials: schema.Credentials{CA: "ca.pem"}}), nil},
			{"over TLS", both(address("HC3", "https://n3"), credentials("HC3", schema.Credentials{CA: "ca.pem", ServerName: "n", Identity: "a:b"})), nil},
			{"a password", both(address("HC3", "http://n3"), credentials("HC3", schema.Credentials{User: "u", Password: "env:P", Token: "env:T"})), nil},
		},
		"peer-alias-unique": {
			{
				"one alias for two", both(alias("1001", "east"), alias("HC3", "east")),
				[]string{`cluster.peers.HC3.alias: "east" is the alias of peer 1001 too`},
			},
			{"another case", both(alias("1001", "east"), alias("HC3", "East")), nil},
			{"the serial of another", alias("1001", "1002"), nil},
			{"no alias", both(alias("1001", ""), alias("HC3", "")), nil},
		},
		"peer-serial-unique": {
			{"another case", another("hc3"), []string{`cluster.peers.hc3: serials HC3 and hc3 differ only in letter case`}},
			{"leading zeros", another("HC03"), nil},
		},
		"peer-licence": {
			{
				"a production", peer("1001", func(p *schema.Peer) { p.Licence = "backup-only" }),
				[]string{`cluster.peers."1001".licence: its licence is backup-only, and it is a production`},
			},
			{"a backup", peer("1002", func(p *schema.Peer) { p.Licence = "backup-only" }), nil},
			{"a backup with a full licence", peer("1002", func(p *schema.Peer) { p.Licence = "full" }), nil},
		},
		"peer-priority": {
			{
				"a peer that may hold no role", peer("HC3", func(p *schema.Peer) { p.Priority, p.Electable = &first, false }),
				[]string{`cluster.peers.HC3.priority: it is not electable, so its priority says nothing`},
			},
			{"one that may", peer("HC3", func(p *schema.Peer) { p.Priority = &first }), nil},
			{"no priority", peer("HC3", func(p *schema.Peer) { p.Electable = false }), nil},
		},
	}
}

func addressExamples() map[string][]example {
	secure := func(serial string, port int) func(*schema.Cluster) {
		return peer(serial, func(p *schema.Peer) { p.SecurePort = port })
	}
	transport := func(name string) func(*schema.Cluster) {
		return func(c *schema.Cluster) { c.Transport = name }
	}
	const far = " is this very machine to everyone who calls it, and the other peers are elsewhere"
	return map[string][]example{
		"peer-address-callable": {
			{"a port beyond 65535", address("1001", "n1:70000"), []string{`cluster.peers."1001".address: address "n1:70000": want a port from 1 to 65535`}},
			{"a sidecar's", sidecar("1001", schema.Sidecar{Address: "n1:70000"}), []string{`cluster.peers."1001".sidecar.address: address "n1:70000": want a port from 1 to 65535`}},
			{"the last port", both(address("1001", "n1:65535"), sidecar("1001", schema.Sidecar{Address: "n1:65534"})), nil},
		},
		"peer-address-unique": {
			{"one in two spellings", address("HC3", "HTTPS://N1:443/"), []string{`cluster.peers.HC3.address: https://n1:443 is the address of peer 1001 too`}},
			{
				"one three times", both(address("1002", "n1"), address("HC3", "n1")),
				[]string{
					`cluster.peers."1002".address: https://n1:443 is the address of peer 1001 too`,
					`cluster.peers.HC3.address: https://n1:443 is the address of peer 1001 too`,
				},
			},
			{"one port, by two schemes", address("HC3", "http://n1:443"), []string{`cluster.peers.HC3.address: http://n1:443 is the address of peer 1001 too`}},
			{"one secure port", both(address("1001", "n1:1"), secure("1001", 5), address("1002", "n1:2"), secure("1002", 5)), []string{`cluster.peers."1002".address: https://n1:5 is the address of peer 1001 too`}},
			{"its own sidecar's", both(address("1001", "n1:7143/v1"), sidecar("1001", schema.Sidecar{Address: "n1"})), []string{`cluster.peers."1001".sidecar.address: https://n1:7143 is the address of peer 1001 too`}},
			{"another's sidecar's", both(sidecar("1001", schema.Sidecar{Address: "n9"}), sidecar("1002", schema.Sidecar{Address: "n9/b"})), []string{`cluster.peers."1002".sidecar.address: https://n9:7143 is the address of the sidecar of peer 1001 too`}},
			{"a sidecar on its machine", sidecar("1001", schema.Sidecar{Address: "n1"}), nil},
			{"a sidecar behind one proxy with it", sidecar("1001", schema.Sidecar{Address: "n1:443/sidecar"}), nil},
			{"another port", address("1002", "n1:8443"), nil},
			{"another secure port", both(address("1002", "n1"), secure("1002", 8443)), nil},
			{"another scheme", address("1002", "http://n1"), nil},
		},
		"peer-address-reachable": {
			{"a loopback name", address("HC3", "localhost:8443"), []string{"cluster.peers.HC3.address: localhost:8443" + far}},
			{"a loopback address", address("HC3", "http://127.1.2.3/api"), []string{"cluster.peers.HC3.address: http://127.1.2.3/api" + far}},
			{"of the sixth version", address("HC3", "[::1]:8443"), []string{"cluster.peers.HC3.address: [::1]:8443" + far}},
			{"a sidecar's", sidecar("HC3", schema.Sidecar{Address: "localhost"}), []string{"cluster.peers.HC3.sidecar.address: localhost" + far}},
			{"a sidecar too, all on one machine", both(address("1001", "localhost:1"), address("1002", "localhost:2"), address("HC3", "127.0.0.1:3"), sidecar("HC3", schema.Sidecar{Address: "localhost"})), nil},
			{"all on one machine", both(address("1001", "localhost:1"), address("1002", "localhost:2"), address("HC3", "127.0.0.1:3")), nil},
			{"names that look so", both(address("1001", "localhost.acme.example"), address("1002", "127.acme.example")), nil},
		},
		"peer-transport": {
			{"https", both(transport("http"), address("1001", "https://n1")), []string{`cluster.peers."1001".address: https://n1 uses https, and this cluster's transport is http`}},
			{"http", both(transport("https"), address("1001", "http://n1")), []string{`cluster.peers."1001".address: http://n1 uses http, and this cluster's transport is https`}},
			{"a secure port", both(transport("http"), secure("1001", 8443)), []string{`cluster.peers."1001".address: n1 uses https, and this cluster's transport is http`}},
			{"a sidecar's https", both(transport("http"), sidecar("1001", schema.Sidecar{Address: "https://n1"})), []string{`cluster.peers."1001".sidecar.address: https://n1 uses https, and this cluster's transport is http`}},
			{"no scheme", both(transport("http"), sidecar("1001", schema.Sidecar{Address: "n1"})), nil},
			{"http, and a secure port", both(transport("https"), address("1001", "http://n1"), secure("1001", 8443)), nil},
			{"either", both(address("1001", "http://n1"), address("1002", "https://n2")), nil},
		},
	}
}
