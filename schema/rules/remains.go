package rules

import (
	"github.com/gitops-reconciler/reconciler/schema"
)

// Remains is all that Transitions asks of an old cluster, for keeping: its peers and who they are, and of its
// items those that are protected, without what they say. It is also how a peer is reached that is gone from the files
// since, and still holds a role.
func Remains(c *schema.Cluster) *schema.Cluster {
	r := &schema.Cluster{
		Name: c.Name, Transport: c.Transport, Suspended: c.Suspended,
		Provider: schema.Provider{Name: c.Provider.Name, Port: c.Provider.Port, Path: c.Provider.Path},
		Peers:    make(map[string]schema.Peer, len(c.Peers)),
		Guards:   schema.Guards{Protect: c.Guards.Protect},
		Items:    shells(c.Items, c.Guards.Protect),
		Leave:    c.Leave,
	}
	for kind := range c.Guards.Protect {
		r.Provider.Kinds = with(r.Provider.Kinds, kind, schema.Kind{Class: c.Provider.Kinds[kind].Class})
	}
	for serial, peer := range c.Peers {
		r.Peers[serial] = schema.Peer{
			Address: peer.Address, SecurePort: peer.SecurePort, Alias: peer.Alias, Group: peer.Group,
			Items: shells(peer.Items, c.Guards.Protect), Leave: peer.Leave, Suspended: peer.Suspended,
			Share: peer.Share, Credentials: peer.Credentials, Sidecar: peer.Sidecar, Health: peer.Health,
		}
	}
	for name, group := range c.Groups {
		r.Groups = with(r.Groups, name, schema.Group{Items: shells(group.Items, c.Guards.Protect), Leave: group.Leave})
	}
	for name, role := range c.Roles {
		r.Roles = with(r.Roles, name, schema.Role{Candidates: role.Candidates})
	}
	return r
}

// shells are the selected items with nothing in them; what takes an item away still does.
func shells(items schema.Items, selected map[string]schema.Selection) schema.Items {
	var kept schema.Items
	for kind, selection := range selected {
		var bodies map[string]schema.Body
		for id, body := range items[kind] {
			if body != nil {
				body = schema.Body{}
			}
			if selection.Names(id) {
				bodies = with(bodies, id, body)
			}
		}
		if bodies != nil {
			kept = with(kept, kind, bodies)
		}
	}
	return kept
}

// with is a map with one more key; nil stays nil until then.
func with[M ~map[string]V, V any](m M, key string, value V) M {
	if m == nil {
		m = M{}
	}
	m[key] = value
	return m
}

// Predecessor finds, among the clusters that were applied, the one in whose place c would be: that of its
// name; or else, since it may have been renamed, one that has most of its peers, by serial and address. It
// returns nil where there is none.
func Predecessor(applied map[string]*schema.Cluster, c *schema.Cluster) *schema.Cluster {
	if old, ok := applied[c.Name]; ok {
		return old
	}
	var best *schema.Cluster
	most := 0
	for _, name := range names(applied) {
		if n := common(applied[name], c); n > most {
			best, most = applied[name], n
		}
	}
	return best
}

func common(a, b *schema.Cluster) int {
	n := 0
	for _, serial := range stay(a, b) {
		if host(a, serial) == host(b, serial) {
			n++
		}
	}
	return n
}
