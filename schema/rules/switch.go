package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// switchRules are about how a role is switched on and off.
func switchRules() []Rule {
	return []Rule{
		{"role-fence-exists", "A role's fence is a hook.", "declare it under hooks, on: [\"fence\"]", "", roleFenceExists},
		{"role-fence-event", "A role's fence is a hook that is called to fence.", "add \"fence\" to the events of the hook", "", roleFenceEvent},
		{"role-leased-half", "Whoever may hold a leased role can be told so: its product runs the node's half of leases, or a sidecar does.", "declare the peer's sidecar, drop it from the candidates, or let fencing be confirmed", "", roleLeasedHalf},
		{"role-stop-within-lease", "A leased role can be stopped before its lease ends, and after it was renewed.", "lower stopWithin, or raise health.lease", "", roleStopWithinLease},
		{"role-leased-runs", "What a leased role stands for the node's half starts and stops, and no lever does.", "drop runs, and keep what it named under leave; or let fencing be confirmed", "", roleLeasedRuns},
		{"role-runs-lever", "What a role switches can be switched on and off.", "name a kind that has a lever", "CLEO-18", roleRunsLever},
		{"role-runs-exists", "The items that a role switches are declared.", "declare the item, or drop it here", "IWAY-39", roleRunsExists},
		{"role-runs-once", "No item is switched by two roles on the same peer.", "let one role run it", "IWAY-12", roleRunsOnce},
		{"role-spread", "A role that spreads its items has some.", "say what it runs", "CLEO-80", roleSpread},
	}
}

func roleFenceExists(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		if role.Fence != "" && !has(c.Hooks, role.Fence) {
			report(path("roles", name, "fence"), "there is no hook %q; hooks are: %s", role.Fence, list(c.Hooks))
		}
	}
}

func roleFenceEvent(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		if hook, ok := c.Hooks[role.Fence]; ok && !slices.Contains(hook.On, "fence") {
			report(path("roles", name, "fence"), "hook %s is called on %s, not on fence", role.Fence, strings.Join(hook.On, ", ")).
				see(path("hooks", role.Fence, "on"), "the events of the hook")
		}
	}
}

// roleLeasedHalf names the first peer that could never hold a role. Of a product that is only described it is not known
// what it can be told.
func roleLeasedHalf(c *schema.Cluster, report report) {
	if len(c.Provider.API) == 0 || c.Provider.Leases() {
		return
	}
	for name, role := range c.Roles {
		if role.Fencing != "leased" {
			continue
		}
		for _, serial := range slices.SortedFunc(slices.Values(eligible(c, role)), schema.CompareSerials) {
			if c.Peers[serial].Sidecar.Address == "" {
				report(path("roles", name, "fencing"), "%s knows nothing of leases, and peer %s has no sidecar: it could never hold the role", c.Provider.Name, serial).
					see(path("peers", serial), "peer %s", serial)
				break
			}
		}
	}
}

// roleLeasedRuns keeps items from being written as they are declared, and so switched on everywhere, by whom no lease
// was granted.
func roleLeasedRuns(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		if role.Fencing == "leased" && len(role.Runs) > 0 {
			report(path("roles", name, "runs"), "the role is leased, so nothing here is switched: it would run wherever the items are").
				see(path("roles", name, "fencing"), "the fencing of this role")
		}
	}
}

// roleStopWithinLease names the first peer on which a role would be stopped although it is renewed.
func roleStopWithinLease(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		stop, ok := span(role.StopWithin)
		if role.Fencing != "leased" || !ok {
			continue
		}
		for _, serial := range slices.SortedFunc(slices.Values(eligible(c, role)), schema.CompareSerials) {
			h := c.HealthOf(serial)
			lease, ok := span(h.Lease)
			probe, known := span(h.Probe)
			if ok && known && lease > probe && lease <= probe+stop {
				report(path("roles", name, "stopWithin"),
					"it takes %s to stop, and on peer %s a lease of %s is renewed every %s: it would be stopped between them", role.StopWithin, serial, h.Lease, h.Probe)
				break
			}
		}
	}
}

func roleRunsLever(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		for kind := range role.Runs {
			if c.Provider.Kinds[kind].Lever == nil {
				report(path("roles", name, "runs", kind), "%s has no kind %q that can be switched on and off", c.Provider.Name, kind)
			}
		}
	}
}

func roleRunsExists(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		for kind, selection := range role.Runs {
			for _, id := range selection.IDs {
				if has(c.Provider.Kinds, kind) && !declared(c, kind, id) {
					report(path("roles", name, "runs", kind), "no %s %q is declared", kind, id)
				}
			}
		}
	}
}

// roleRunsOnce looks at pairs of roles that some peer could hold both.
func roleRunsOnce(c *schema.Cluster, report report) {
	names := slices.Sorted(maps.Keys(c.Roles))
	for i, first := range names {
		for _, second := range names[i+1:] {
			a, b := c.Roles[first], c.Roles[second]
			for kind, selection := range a.Runs {
				shared, peer := selection.Both(b.Runs[kind]), meet(eligible(c, a), eligible(c, b))
				if shared != "" && peer != "" {
					report(path("roles", second, "runs", kind), "%s is switched by role %s too, and peer %s may hold both", shared, first, peer).
						see(path("roles", first, "runs", kind), "what role %s switches", first)
				}
			}
		}
	}
}

// meet is the first serial that is in both lists, or "".
func meet(a, b []string) string {
	both := slices.DeleteFunc(slices.Clone(a), func(serial string) bool { return !slices.Contains(b, serial) })
	if len(both) == 0 {
		return ""
	}
	return slices.MinFunc(both, schema.CompareSerials)
}

func roleSpread(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		if role.Spread && len(role.Runs) == 0 {
			report(path("roles", name, "spread"), "there is nothing to spread")
		}
	}
}

// declared tells whether an item is declared at any scope.
func declared(c *schema.Cluster, kind, id string) bool {
	found := false
	eachChanges(c, func(_ []string, items schema.Items) {
		found = found || items[kind][id] != nil
	})
	return found
}
