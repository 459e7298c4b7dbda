package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

func roleRules() []Rule {
	return []Rule{
		{"role-candidate-exists", "A role's candidates are peers.", "name a peer", "IPL-18", roleCandidateExists},
		{"role-candidate-electable", "A role's candidates are electable.", "drop the candidate, or make the peer electable", "IPL-28", roleCandidateElectable},
		{"role-candidate-group", "A role's candidates are in its group.", "drop the candidate, or the group", "CLEO-84", roleCandidateGroup},
		{"role-candidates", "Some peer can hold each role.", "make a peer electable, or name another group", "IPL-19", roleCandidates},
		{"role-group-exists", "A role's group is declared.", "declare the group under groups", "CLEO-84", roleGroupExists},
		{"role-with-exists", "A role goes with a role that exists.", "name a role", "CLEO-78", roleWithExists},
		{"role-with-alone", "A role that goes with another leaves it to that one who holds it.", "drop it here, and say it of the other role", "CLEO-78", roleWithAlone},
		{"role-with-circle", "Roles do not go with each other in a circle.", "let one of them stand alone", "CLEO-78", roleWithCircle},
		{"role-seats", "A role has no more seats than holders.", "drop seats, or raise holders", "IPL-22", roleSeats},
		{"role-first", "Arrival decides only where a holder keeps its seat.", "drop first, or failback", "IPL-20, IPL-35", roleFirst},
	}
}

func roleCandidateExists(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		for _, serial := range role.Candidates {
			if !has(c.Peers, serial) {
				report(path("roles", name, "candidates"), "there is no peer %s; peers are: %s", serial, list(c.Peers))
			}
		}
	}
}

func roleCandidateElectable(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		for _, serial := range role.Candidates {
			if peer, ok := c.Peers[serial]; ok && !peer.Electable {
				report(path("roles", name, "candidates"), "peer %s is not electable", serial).
					see(path("peers", serial, "electable"), "peer %s is made not electable here", serial)
			}
		}
	}
}

func roleCandidateGroup(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		for _, serial := range role.Candidates {
			if peer, ok := c.Peers[serial]; ok && has(c.Groups, role.Group) && peer.Group != role.Group {
				report(path("roles", name, "candidates"), "peer %s is not%s", serial, inGroup(role.Group)).
					see(path("roles", name, "group"), "the group of this role")
			}
		}
	}
}

func roleCandidates(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		open := role.With == "" && len(role.Candidates) == 0 && (role.Group == "" || has(c.Groups, role.Group))
		if open && len(c.Peers) > 0 && len(eligible(c, role)) == 0 {
			report(path("roles", name), "no peer can hold it: none is electable%s", inGroup(role.Group)).
				see(path("groups", role.Group), "the group %s", role.Group)
		}
	}
}

func inGroup(group string) string {
	if group == "" {
		return ""
	}
	return " in group " + group
}

// eligible returns the serials of the peers that may hold a role, in no order.
func eligible(c *schema.Cluster, role schema.Role) []string {
	for range c.Roles { // no further than a circle is long
		if lead, ok := c.Roles[role.With]; ok {
			role = lead
		}
	}
	var serials []string
	for serial, peer := range c.Peers {
		named := len(role.Candidates) == 0 || slices.Contains(role.Candidates, serial)
		if named && peer.Electable && (role.Group == "" || peer.Group == role.Group) {
			serials = append(serials, serial)
		}
	}
	return serials
}

func roleGroupExists(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		if role.Group != "" && !has(c.Groups, role.Group) {
			report(path("roles", name, "group"), "group %q is not declared; declared are: %s", role.Group, list(c.Groups))
		}
	}
}

func roleWithExists(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		if role.With != "" && !has(c.Roles, role.With) {
			report(path("roles", name, "with"), "there is no role %q; roles are: %s", role.With, list(c.Roles))
		}
	}
}

func roleWithAlone(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		for field, given := range map[string]bool{
			"candidates": len(role.Candidates) > 0, "group": role.Group != "", "seats": len(role.Seats) > 0,
		} {
			if role.With != "" && given {
				report(path("roles", name, field), "it goes with role %s, which says who holds it", role.With).
					see(path("roles", name, "with"), "it goes with another here")
			}
		}
	}
}

func roleWithCircle(c *schema.Cluster, report report) {
	for _, name := range slices.Sorted(maps.Keys(c.Roles)) {
		seen := []string{name}
		for next := c.Roles[name].With; next != ""; next = c.Roles[next].With {
			if next == name && slices.Min(seen) == name { // each circle once, at its first role
				b := report(path("roles", name, "with"), "it goes with itself: %s", strings.Join(append(seen, name), " with "))
				for _, other := range seen[1:] {
					b.see(path("roles", other, "with"), "what role %s goes with", other)
				}
			}
			if slices.Contains(seen, next) {
				break
			}
			seen = append(seen, next)
		}
	}
}

func roleSeats(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		if role.Holders.Named == "" && len(role.Seats) > role.Holders.Count {
			report(path("roles", name, "seats"), "%d seats for %d holders", len(role.Seats), role.Holders.Count).
				see(path("roles", name, "holders"), "its holders")
		}
	}
}

func roleFirst(c *schema.Cluster, report report) {
	for name, role := range c.Roles {
		if role.Failback && role.First == "arrival" {
			report(path("roles", name, "first"), "it fails back to the first in rank, so arrival decides nothing").
				see(path("roles", name, "failback"), "it is made to fail back here")
		}
	}
}
