package rules

import "github.com/gitops-reconciler/reconciler/schema"

// origin is the scope at which an item is declared.
type origin int

const (
	nowhere origin = iota
	ofPeer
	ofGroup
	ofCluster
)

// source is the widest scope that gives a peer an item, and not only a change to it.
func source(c *schema.Cluster, peer schema.Peer, key schema.Key) origin {
	widest := nowhere
	for o, items := range [...]schema.Items{ofPeer: peer.Items, ofGroup: c.Groups[peer.Group].Items, ofCluster: c.Items} {
		body, there := items[key.Kind][key.ID]
		if !there || origin(o) == ofCluster && sharing(c, peer, key.Kind) != schema.WithAll {
			continue
		}
		if body == nil {
			break
		}
		widest = origin(o)
	}
	return widest
}

// sharing is with whom a peer shares the class of a kind.
func sharing(c *schema.Cluster, peer schema.Peer, kind string) schema.Sharing {
	return peer.Share[c.Provider.Kinds[kind].Class]
}

// managed tells whether an item is written and deleted on a peer, and not its own affair.
func managed(c *schema.Cluster, serial string, key schema.Key) bool {
	return c.Peers[serial].Shares(c.Provider.Kinds[key.Kind].Class) && !c.Leaves(serial, key)
}
