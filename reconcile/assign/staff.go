package assign

import (
	"maps"
	"reflect"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Staff returns the cluster with the levers set at every peer, as changes of the peer's own: what a peer shall hold is
// then worked out as ever. What a leased role runs is the node's own affair. The cluster itself stays as it is.
func Staff(c *schema.Cluster, holds Holds) *schema.Cluster {
	staffed, unleased := *c, switching(c)
	staffed.Peers = make(map[string]schema.Peer, len(c.Peers))
	for serial, peer := range c.Peers {
		staffed.Peers[serial] = staff(unleased, holds, serial, peer)
	}
	return &staffed
}

// StaffPeer is Staff for one peer: the others stay as they are.
func StaffPeer(c *schema.Cluster, holds Holds, serial string) *schema.Cluster {
	staffed := *c
	staffed.Peers = maps.Clone(c.Peers)
	if peer, there := c.Peers[serial]; there {
		staffed.Peers[serial] = staff(switching(c), holds, serial, peer)
	}
	return &staffed
}

// Levered are the items that roles switch at a peer, in no order.
func Levered(c *schema.Cluster, serial string) []schema.Key {
	var keys []schema.Key
	desired := c.Desired(serial)
	for _, role := range switching(c).Roles {
		for kind, selection := range role.Runs {
			for id := range desired[kind] {
				if selection.Names(id) {
					keys = append(keys, schema.Key{Kind: kind, ID: id})
				}
			}
		}
	}
	return keys
}

// switching is the cluster with those roles only that are switched by levers.
func switching(c *schema.Cluster) *schema.Cluster {
	unleased := *c
	unleased.Roles = maps.Clone(c.Roles)
	maps.DeleteFunc(unleased.Roles, func(_ string, r schema.Role) bool { return r.Fencing == string(lease.Leased) })
	return &unleased
}

// staff is a peer with changes that set the levers.
func staff(c *schema.Cluster, holds Holds, serial string, peer schema.Peer) schema.Peer {
	run := map[string]schema.Kind{}
	for _, role := range c.Roles {
		for kind := range role.Runs {
			run[kind] = c.Provider.Kinds[kind]
		}
	}
	if len(run) == 0 {
		return peer
	}
	only := *c // what no role runs need not be worked out
	only.Provider.Kinds = run
	desired := only.Desired(serial)
	set := Overlay(c, holds, serial, desired)
	changes := schema.Items{}
	for kind, bodies := range desired {
		for id, body := range bodies {
			switched, there := set[kind][id]
			if there && reflect.DeepEqual(body, switched) {
				continue
			}
			if changes[kind] == nil {
				changes[kind] = map[string]schema.Body{}
			}
			changes[kind][id] = switched // nil: it is not to be there
		}
	}
	peer.Items = changedBy(peer.Items, changes)
	return peer
}

// changedBy is a peer's own changes with others over them.
func changedBy(own, changes schema.Items) schema.Items {
	merged := maps.Clone(own)
	if merged == nil {
		merged = schema.Items{}
	}
	for kind, bodies := range changes {
		both := maps.Clone(own[kind])
		if both == nil {
			both = make(map[string]schema.Body, len(bodies))
		}
		maps.Copy(both, bodies)
		merged[kind] = both
	}
	return merged
}
