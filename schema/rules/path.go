package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// path is that of a field of the cluster.
func path(labels ...string) []string { return append([]string{"cluster"}, labels...) }

// below is a path one or more labels further down.
func below(path []string, labels ...string) []string {
	return append(slices.Clone(path), labels...)
}

// list names what there is, for a sentence about what there is not.
func list[V any](m map[string]V) string {
	if len(m) == 0 {
		return "(none)"
	}
	const most = 12
	if len(m) > most {
		return strings.Join(names(m)[:most], ", ") + ", ..."
	}
	return strings.Join(names(m), ", ")
}

// names are a map's keys in their order.
func names[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), schema.CompareSerials)
}

func has[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}

// eachChanges calls do with every scope's items: the cluster's, each group's and each peer's.
func eachChanges(c *schema.Cluster, do func(path []string, items schema.Items)) {
	do(path("items"), c.Items)
	for name, group := range c.Groups {
		do(path("groups", name, "items"), group.Items)
	}
	for serial, peer := range c.Peers {
		do(path("peers", serial, "items"), peer.Items)
	}
}

// eachLeave calls do with what every scope leaves to its peers.
func eachLeave(c *schema.Cluster, do func(path []string, leave map[string]schema.Selection)) {
	do(path("leave"), c.Leave)
	for name, group := range c.Groups {
		do(path("groups", name, "leave"), group.Leave)
	}
	for serial, peer := range c.Peers {
		do(path("peers", serial, "leave"), peer.Leave)
	}
}
