package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Transition is one thing that must be true of a change from one commit to another, though each of them
// keeps every Rule.
type Transition struct {
	ID       string // stable, and no Rule's
	Sentence string // what must be true
	Remedy   string // what to do where it is not; where that is two steps, each of them is allowed
	Seed     string // the requirements it takes over, or ""
	check    func(old, next *schema.Cluster, report report)
}

// AllTransitions returns the rules about changes, sorted by id.
func AllTransitions() []Transition {
	return []Transition{
		{"cluster-renamed", "A cluster keeps its name while peers stay in it: what was applied is remembered under it.", "keep the name; or drop its peers and apply, then rename it and declare them again: each is met for the first time", "IPL-76", clusterRenamed},
		{"master-kept", "A peer that follows another by its name does not come to follow a third in one step.", "drop it, or suspend it without an end, and apply; then name the other, and take it back", "MSS-53", masterKept},
		{"peer-renamed", "A peer keeps its serial: it is its identity.", "keep the serial; or drop the peer and apply, then declare it under the new one: it is met for the first time", "CLEO-13", peerRenamed},
		{"protected-dropped", "What guards.protect protects stays declared.", "take it out of guards.protect and apply; then drop it", "", protectedDropped},
		{"transport-kept", "Where peers are set up with the cluster's transport, it does not change while several stay.", "drop or suspend all peers but one, without an end, and apply; then change it, and take them back", "MSS-34", transportKept},
	}
}

// Transitions returns every breach that leads from an old cluster to the next, sorted by path. A problem's
// path is one of the next cluster, or of what is gone from it; related paths are the old cluster's.
func Transitions(old, next *schema.Cluster) []schema.Problem {
	var breaches []*breach
	for _, rule := range AllTransitions() {
		rule.check(old, next, func(path []string, format string, args ...any) *breach {
			b := &breach{Rule: rule.ID, Path: path, Message: fmt.Sprintf(format, args...), Remedy: rule.Remedy}
			breaches = append(breaches, b)
			return b
		})
	}
	return sorted(breaches)
}

// clusterRenamed lets a cluster without peers have another name: there is nothing to be remembered of it.
func clusterRenamed(old, next *schema.Cluster, report report) {
	if stay := stay(old, next); old.Name != next.Name && len(stay) > 0 {
		report(path("name"), "what was applied to %s is remembered under the name %s", some(stay), old.Name).
			see(path("name"), "the name was %s", old.Name)
	}
}

// peerRenamed looks for a serial that is gone and a new one in its place: at its address or by its alias.
func peerRenamed(old, next *schema.Cluster, report report) {
	hosts, aliases := map[string]string{}, map[string]string{}
	for _, serial := range missing(old, next) {
		hosts[host(old, serial)], aliases[old.Peers[serial].Alias] = serial, serial
	}
	for _, serial := range missing(next, old) {
		alias := next.Peers[serial].Alias
		if gone, ok := hosts[host(next, serial)]; ok {
			report(path("peers", serial, "address"), "peer %s had this address, and is gone", gone).
				see(path("peers", gone, "address"), "the address of peer %s", gone)
		} else if gone, ok := aliases[alias]; ok && alias != "" {
			report(path("peers", serial, "alias"), "peer %s had this alias, and is gone", gone).
				see(path("peers", gone, "alias"), "the alias of peer %s", gone)
		}
	}
}

// missing are the peers of a cluster that another does not have.
func missing(in, from *schema.Cluster) []string {
	return slices.DeleteFunc(in.Serials(), func(serial string) bool { return has(from.Peers, serial) })
}

// host is the host and port at which a peer is called, whatever the scheme and path.
func host(c *schema.Cluster, serial string) string {
	u, err := c.URL(serial)
	if err != nil {
		return serial + " cannot be called" // and so nowhere else
	}
	return u.Host
}

// masterKept is about the roles that the product says others follow. Who held it before or holds it now
// follows nobody, or did not.
func masterKept(old, next *schema.Cluster, report report) {
	for _, role := range next.Provider.Kept.Roles {
		before, now := old.Roles[role].Candidates, next.Roles[role].Candidates
		if len(before) == 0 || len(now) == 0 || before[0] == now[0] {
			continue
		}
		followers := slices.DeleteFunc(follow(old, next), func(serial string) bool {
			return serial == before[0] || serial == now[0]
		})
		if len(followers) > 0 {
			report(path("roles", role, "candidates"), "%s would follow %s as %s instead of %s", some(followers), now[0], role, before[0]).
				see(path("roles", role, "candidates"), "the %s was %s", role, before[0])
		}
	}
}

func transportKept(old, next *schema.Cluster, report report) {
	several := follow(old, next)
	if next.Provider.Kept.Transport && old.Transport != next.Transport && len(several) > 1 {
		report(path("transport"), "it changes from %s to %s while %s stay", either(old.Transport), either(next.Transport), some(several)).
			see(path("transport"), "it was %s", either(old.Transport))
	}
}

func either(transport string) string {
	if transport == "" {
		return "either"
	}
	return transport
}

// stay are the peers in both clusters.
func stay(old, next *schema.Cluster) []string {
	return slices.DeleteFunc(old.Serials(), func(serial string) bool { return !has(next.Peers, serial) })
}

// follow are the peers that take part in both clusters: one that is suspended without an end is as good as
// dropped. A suspension that ends by itself takes nobody out for long.
func follow(old, next *schema.Cluster) []string {
	out := func(s *schema.Suspended) bool { return s != nil && s.Until == "" }
	return slices.DeleteFunc(stay(old, next), func(serial string) bool {
		return out(old.Suspended) || out(next.Suspended) || out(old.Peers[serial].Suspended) || out(next.Peers[serial].Suspended)
	})
}

// shown is how many of many peers a message names.
const shown = 3

// some names a few of many peers.
func some(serials []string) string { return someOf(serials, len(serials)) }

// someOf names a few of so many peers: the first ones, of which one more than is shown is enough.
func someOf(first []string, peers int) string {
	last := len(first) - 1
	switch {
	case peers == 1:
		return "peer " + first[0]
	case peers > shown+1:
		return fmt.Sprintf("peers %s and %d more", strings.Join(first[:shown], ", "), peers-shown)
	}
	return "peers " + strings.Join(first[:last], ", ") + " and " + first[last]
}
