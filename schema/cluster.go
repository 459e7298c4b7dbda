// Package schema is the domain: a cluster of peers, the items they shall hold, and the provider that
// knows their kinds. Its CUE half (the .cue files beside this one) is what people write; its Go half is
// what every other room speaks.
//
// The package is pure: it reads no file, no clock and no network, and depends on nothing but the
// standard library, so that every floor above may import it.
package schema

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Cluster is peers of one product that share configuration, as evaluated from CUE.
type Cluster struct {
	Name     string           `json:"name"`
	Note     string           `json:"note,omitempty"`
	Provider Provider         `json:"provider"`
	Peers    map[string]Peer  `json:"peers,omitempty"`  // by serial
	Groups   map[string]Group `json:"groups,omitempty"` // by name
	Items    Items            `json:"items,omitempty"`  // at cluster scope

	Roles     map[string]Role      `json:"roles,omitempty"`     // by name
	Leave     map[string]Selection `json:"leave,omitempty"`     // by kind: each peer's own affair
	Authority map[string]string    `json:"authority,omitempty"` // by class: git, any, or a role
	Drift     string               `json:"drift,omitempty"`     // restore, propose, report
	Version   Version              `json:"version,omitzero"`
	Transport string               `json:"transport,omitempty"` // https, http, or "" for either
	Health    ClusterHealth        `json:"health,omitzero"`
	Guards    Guards               `json:"guards,omitzero"`
	Rollout   Rollout              `json:"rollout,omitzero"`
	Windows   map[string]Window    `json:"windows,omitempty"`
	Hooks     map[string]Hook      `json:"hooks,omitempty"`
	Notify    map[string]Notify    `json:"notify,omitempty"`
	Suspended *Suspended           `json:"suspended,omitempty"`
}

// Peer is one node.
type Peer struct {
	Address     string             `json:"address"`
	Credentials Credentials        `json:"credentials,omitzero"`
	Sidecar     Sidecar            `json:"sidecar,omitzero"`
	Alias       string             `json:"alias,omitempty"`
	Note        string             `json:"note,omitempty"`
	Group       string             `json:"group,omitempty"`
	Share       map[string]Sharing `json:"share,omitempty"` // by class; the provider's classes all appear
	Items       Items              `json:"items,omitempty"` // merge patches; a nil body takes the item away

	SecurePort int                  `json:"securePort,omitempty"`
	Callback   string               `json:"callback,omitempty"` // where it reaches us
	Labels     map[string]string    `json:"labels,omitempty"`
	Backup     bool                 `json:"backup,omitempty"`
	Licence    string               `json:"licence,omitempty"` // full, backup-only
	Electable  bool                 `json:"electable,omitempty"`
	Priority   *int                 `json:"priority,omitempty"` // 0 first, none last
	Leave      map[string]Selection `json:"leave,omitempty"`    // by kind
	Health     Health               `json:"health,omitzero"`
	Suspended  *Suspended           `json:"suspended,omitempty"`
}

// Group is the peers that name it.
type Group struct {
	Note  string `json:"note,omitempty"`
	Items Items  `json:"items,omitempty"` // merge patches; a nil body takes the item away

	Leave  map[string]Selection `json:"leave,omitempty"` // by kind
	Health Health               `json:"health,omitzero"`
}

// Credentials say how to sign in at a peer, and how it proves who it is. Password, Token and Key are
// references (env:NAME, file:PATH), never the secrets themselves; Certificate and CA are PEM files, relative
// to the cluster's folder.
type Credentials struct {
	User     string `json:"user,omitempty"`
	Password string `json:"password,omitempty"`
	Token    string `json:"token,omitempty"`

	Certificate string `json:"certificate,omitempty"` // ours, for a peer that asks for one
	Key         string `json:"key,omitempty"`         // that goes with it

	CA         string `json:"ca,omitempty"`         // the authority that signed the peer's certificate
	ServerName string `json:"serverName,omitempty"` // that the peer's certificate must have; "": its host
	Identity   string `json:"identity,omitempty"`   // a URI that the peer's certificate must have too
}

// Secure returns the first field that means something only over TLS; "" if none is given.
func (c Credentials) Secure() string {
	for _, field := range []struct{ name, value string }{
		{"certificate", c.Certificate}, {"key", c.Key}, {"ca", c.CA}, {"serverName", c.ServerName}, {"identity", c.Identity},
	} {
		if field.value != "" {
			return field.name
		}
	}
	return ""
}

// Items are bodies by kind and id.
type Items map[string]map[string]Body

// Key names an item within a peer.
type Key struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// String is the item as people see it: kind/id.
func (k Key) String() string { return k.Kind + "/" + k.ID }

// Serials returns the serials of all peers in their order (see CompareSerials).
func (c *Cluster) Serials() []string {
	return slices.SortedFunc(maps.Keys(c.Peers), CompareSerials)
}

// Desired returns what the peer shall hold: the cluster's items with the changes of the peer's group
// and then its own merged over them, without the kinds whose class it does not share. Of a class that it
// shares with its group only, it gets the group's items and its own, not the cluster's. Bodies nobody
// changed are the cluster's own: do not modify them.
func (c *Cluster) Desired(serial string) Items {
	peer := c.Peers[serial]
	desired := make(Items, len(c.Provider.Kinds))
	for kind, k := range c.Provider.Kinds {
		if peer.Shares(k.Class) {
			desired[kind] = overlay(c.Common(kind, peer.Share[k.Class], peer.Group), peer.Items[kind])
		}
	}
	return desired
}

// Common returns what all peers of a group that share the kind's class in the same way shall hold of it,
// but for what they change themselves. Do not modify it.
func (c *Cluster) Common(kind string, with Sharing, group string) map[string]Body {
	var bodies map[string]Body
	if with == WithAll {
		bodies = c.Items[kind]
	}
	return overlay(bodies, c.Groups[group].Items[kind])
}

// Changed returns those of the bodies that the changes are about, changed, without those that they take
// away.
func Changed(bodies, changes map[string]Body) map[string]Body {
	before := make(map[string]Body, len(changes))
	for id := range changes {
		if body, there := bodies[id]; there {
			before[id] = body
		}
	}
	return overlay(before, changes)
}

// Shares tells whether the peer takes part in a class, with all or with its group.
func (p Peer) Shares(class string) bool {
	return p.Share[class] == WithAll || p.Share[class] == WithGroup
}

// Shared returns the kinds whose class the peer shares: the only ones that are read or written there.
func (c *Cluster) Shared(serial string) map[string]Kind {
	shared := make(map[string]Kind, len(c.Provider.Kinds))
	for name, kind := range c.Provider.Kinds {
		if c.Peers[serial].Shares(kind.Class) {
			shared[name] = kind
		}
	}
	return shared
}

func overlay(bodies, changes map[string]Body) map[string]Body {
	if len(changes) == 0 {
		return bodies
	}
	merged := maps.Clone(bodies)
	if merged == nil {
		merged = make(map[string]Body, len(changes))
	}
	for id, change := range changes {
		if change == nil {
			delete(merged, id)
		} else {
			merged[id] = Merge(merged[id], change)
		}
	}
	return merged
}

// URL returns where a peer's admin API is. An address without a scheme takes the cluster's transport;
// a securePort makes it https there.
func (c *Cluster) URL(serial string) (*url.URL, error) {
	peer := c.Peers[serial]
	u, err := c.Provider.URL(c.schemed(peer.Address))
	if err != nil || peer.SecurePort == 0 {
		return u, err
	}
	u.Scheme, u.Host = "https", joinHostPort(u.Hostname(), peer.SecurePort)
	return u, nil
}

// schemed is an address with the cluster's transport, if it has no scheme of its own.
func (c *Cluster) schemed(address string) string {
	if c.Transport != "" && !strings.Contains(address, "://") {
		return c.Transport + "://" + address
	}
	return address
}
