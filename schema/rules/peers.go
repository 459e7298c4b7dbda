package rules

import (
	"net/netip"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

func peerRules() []Rule {
	return []Rule{
		{"peer-group-exists", "A peer's group is declared.", "declare the group under groups, or name one that is", "CLEO-27", peerGroupExists},
		{"peer-address-callable", "A peer's address has a port from 1 to 65535.", "write host, host:port or http(s)://host:port/path", "CLEO-23", peerAddressCallable},
		{"peer-address-unique", "No two peers have the same address.", "give each peer its own address", "CLEO-13", peerAddressUnique},
		{"peer-address-reachable", "Where there are several peers, none has an address that only its own machine can reach.", "give the address by which the others reach it", "MSS-35, MSS-47", peerAddressReachable},
		{"peer-alias-unique", "No two peers have the same alias.", "rename one", "CLEO-28", peerAliasUnique},
		{"peer-serial-unique", "No two serials differ only in letter case.", "rename one: people will mix them up", "CLEO-13", peerSerialUnique},
		{"peer-certificate-key", "A certificate that we show a peer comes with its key.", "give both credentials.certificate and credentials.key, or neither", "", peerCertificateKey},
		{"peer-credentials-tls", "What makes a connection safe is given only where there is TLS.", "call the peer by https, or drop the field", "", peerCredentialsTLS},
		{"peer-licence", "A peer whose licence is backup-only is a backup.", "set backup: true, or licence: \"full\"", "CLEO-16", peerLicence},
		{"peer-priority", "A peer that is not electable has no priority.", "drop the priority, or make it electable", "IPL-30", peerPriority},
		{"peer-transport", "All peers use the cluster's transport.", "use the cluster's transport, or drop it there", "MSS-33", peerTransport},
	}
}

func peerGroupExists(c *schema.Cluster, report report) {
	for serial, peer := range c.Peers {
		if peer.Group != "" && !has(c.Groups, peer.Group) {
			report(path("peers", serial, "group"), "group %q is not declared; declared are: %s", peer.Group, list(c.Groups))
		}
	}
}

func peerAddressCallable(c *schema.Cluster, report report) {
	for _, d := range doors(c) {
		if d.err != nil && d.address != "" {
			report(d.at("address"), "%v", d.err)
		}
	}
}

func peerAddressUnique(c *schema.Cluster, report report) {
	first := map[string]door{}
	for _, d := range doors(c) {
		if d.err != nil {
			continue // peer-address-callable says so
		}
		other, taken := first[d.url.Host]
		if taken && (other.serial != d.serial || other.url.Path == d.url.Path) {
			report(d.at("address"), "%s://%s is the address of %s too", d.url.Scheme, d.url.Host, other).
				see(other.at("address"), "the address of %s", other)
			continue
		}
		first[d.url.Host] = d // whatever the scheme: a port speaks one
	}
}

// peerAddressReachable lets a cluster be tried out on one machine: then all of it is there.
func peerAddressReachable(c *schema.Cluster, report report) {
	var local []door
	all := doors(c)
	for _, d := range all {
		if d.err == nil && loopback(d.url.Hostname()) {
			local = append(local, d)
		}
	}
	if len(local) == len(all) {
		return
	}
	for _, d := range local {
		report(d.at("address"), "%s is this very machine to everyone who calls it, and the other peers are elsewhere", d.address)
	}
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

func peerAliasUnique(c *schema.Cluster, report report) {
	first := map[string]string{}
	for _, serial := range c.Serials() {
		alias := c.Peers[serial].Alias
		if other, taken := first[alias]; taken && alias != "" {
			report(path("peers", serial, "alias"), "%q is the alias of peer %s too", alias, other).
				see(path("peers", other, "alias"), "the alias of peer %s", other)
			continue
		}
		first[alias] = serial
	}
}

func peerSerialUnique(c *schema.Cluster, report report) {
	first := map[string]string{}
	for _, serial := range c.Serials() {
		folded := strings.ToLower(serial)
		if other, taken := first[folded]; taken {
			report(path("peers", serial), "serials %s and %s differ only in letter case", other, serial).
				see(path("peers", other), "peer %s", other)
			continue
		}
		first[folded] = serial
	}
}

func peerCertificateKey(c *schema.Cluster, report report) {
	for _, d := range doors(c) {
		switch given := d.credentials; {
		case given.Certificate != "" && given.Key == "":
			report(d.at("credentials", "certificate"), "it has no key")
		case given.Certificate == "" && given.Key != "":
			report(d.at("credentials", "key"), "it has no certificate")
		}
	}
}

// peerCredentialsTLS keeps people from believing that a peer is checked which is not.
func peerCredentialsTLS(c *schema.Cluster, report report) {
	for _, d := range doors(c) {
		if field := d.credentials.Secure(); d.err == nil && d.url.Scheme == "http" && field != "" {
			report(d.at("credentials", field), "it is never used: %s is called by http", d.which()).
				see(d.at("address"), "the address of this %s", d.kind())
		}
	}
}

func peerLicence(c *schema.Cluster, report report) {
	for serial, peer := range c.Peers {
		if peer.Licence == "backup-only" && !peer.Backup {
			report(path("peers", serial, "licence"), "its licence is backup-only, and it is a production").
				see(path("peers", serial, "backup"), "it is made a production here")
		}
	}
}

func peerPriority(c *schema.Cluster, report report) {
	for serial, peer := range c.Peers {
		if peer.Priority != nil && !peer.Electable {
			report(path("peers", serial, "priority"), "it is not electable, so its priority says nothing").
				see(path("peers", serial, "electable"), "it is made not electable here")
		}
	}
}

func peerTransport(c *schema.Cluster, report report) {
	for _, d := range doors(c) {
		if d.err == nil && c.Transport != "" && d.url.Scheme != c.Transport {
			report(d.at("address"), "%s uses %s, and this cluster's transport is %s", d.address, d.url.Scheme, c.Transport).
				see(path("transport"), "the transport of this cluster")
		}
	}
}
