package rules

import (
	"net/url"

	"github.com/gitops-reconciler/reconciler/schema"
)

// door is where something of a peer is called: its admin API, or its sidecar.
type door struct {
	serial      string
	sidecar     bool
	address     string
	credentials schema.Credentials
	url         *url.URL
	err         error // why it has no URL
}

// doors are those of all peers, in the order of the serials.
func doors(c *schema.Cluster) []door {
	var all []door
	for _, serial := range c.Serials() {
		peer := c.Peers[serial]
		u, err := c.URL(serial)
		all = append(all, door{serial, false, peer.Address, peer.Credentials, u, err})
		if peer.Sidecar != (schema.Sidecar{}) {
			u, err := c.SidecarURL(serial)
			all = append(all, door{serial, true, peer.Sidecar.Address, peer.Sidecar.Credentials, u, err})
		}
	}
	return all
}

// at is the path of a field that belongs to it.
func (d door) at(labels ...string) []string {
	base := path("peers", d.serial)
	if d.sidecar {
		base = below(base, "sidecar")
	}
	return below(base, labels...)
}

func (d door) kind() string {
	if d.sidecar {
		return "sidecar"
	}
	return "peer"
}

func (d door) which() string { return "the " + d.kind() }

// String is whose it is.
func (d door) String() string {
	if d.sidecar {
		return "the sidecar of peer " + d.serial
	}
	return "peer " + d.serial
}
