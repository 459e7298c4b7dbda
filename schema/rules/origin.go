package rules

import "github.com/gitops-reconciler/reconciler/schema"

// origin is where an item is declared.
type origin int

const (
	nowhere origin = iota
	ofPeer
	ofGroup
	ofCluster
)

// path is that of the items of a scope that a peer is in.
func (o origin) path(c *schema.Cluster, serial string) []string {
	return map[origin][]string{
		ofPeer:    path("peers", serial, "items"),
		ofGroup:   path("groups", c.Peers[serial].Group, "items"),
		ofCluster: path("items"),
	}[o]
}

// source is the widest scope that gives a peer an item, and not only a change to it.
func source(c *schema.Cluster, serial string, key schema.Key) origin {
	peer, widest := c.Peers[serial], nowhere
	for o, items := range []schema.Items{ofPeer: peer.Items, ofGroup: c.Groups[peer.Group].Items, ofCluster: c.Items} {
		body, there := items[key.Kind][key.ID]
		if !there || origin(o) == ofCluster && !sharesAll(c, peer, key.Kind) {
			continue
		}
		if body == nil {
			break
		}
		widest = origin(o)
	}
	return widest
}

func sharesAll(c *schema.Cluster, peer schema.Peer, kind string) bool {
	return peer.Share[c.Provider.Kinds[kind].Class] == schema.WithAll
}

// managed tells whether an item is written and deleted on a peer, and not its own affair.
func managed(c *schema.Cluster, serial string, key schema.Key) bool {
	return c.Peers[serial].Shares(c.Provider.Kinds[key.Kind].Class) && !c.Leaves(serial, key)
}
