package rules

import (
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

func shareRules() []Rule {
	return []Rule{
		{"share-needs", "A class is shared only together with the classes it needs.", "share what it needs as widely, or share it less", "CLEO-34, CLEO-35, CLEO-36, CLEO-38", shareNeeds},
		{"share-single", "Two productions do not share a class that only one may have.", "declare its items in groups with one production each, or set share to false", "CLEO-33", shareSingle},
		{"share-backup", "A backup and the productions that it stands in for share what it needs to step in.", "share it, or make the backup a production", "CLEO-37", shareBackup},
		{"authority-exists", "Changes of a class may be made in git, on any peer, or on the holders of a role that exists.", "name git, any, or a role that is declared under roles", "MSS-10, EKT-4", authorityExists},
	}
}

func shareNeeds(c *schema.Cluster, report report) {
	for serial, peer := range c.Peers {
		for class := range c.Provider.Classes {
			for _, needs := range c.Provider.Classes[class].Needs {
				if !has(c.Provider.Classes, needs) || reach(peer.Share[needs]) >= reach(peer.Share[class]) {
					continue
				}
				is := "is not"
				if peer.Shares(needs) {
					is = "only with the group"
				}
				report(path("peers", serial, "share", needs), "%s is shared but %s, which it needs, %s", class, needs, is).
					see(path("peers", serial, "share", class), "%s is shared here", class)
			}
		}
	}
}

// reach is how widely a class is shared.
func reach(s schema.Sharing) int {
	return map[schema.Sharing]int{schema.WithGroup: 1, schema.WithAll: 2}[s]
}

// shareSingle looks at what there is to share: items of the class at the cluster's or a group's scope,
// or, where changes may be made on the peers, the class as such.
func shareSingle(c *schema.Cluster, report report) {
	for class, properties := range c.Provider.Classes {
		if !properties.Single {
			continue
		}
		byHand := has(c.Authority, class) && c.Authority[class] != "git"
		if (byHand || holds(c, class, c.Items)) && tooMany(c, class, "", report) {
			continue // its groups have no more to say
		}
		for name, group := range c.Groups {
			if byHand || holds(c, class, group.Items) {
				tooMany(c, class, name, report)
			}
		}
	}
}

// holds tells whether there are items of a class.
func holds(c *schema.Cluster, class string, items schema.Items) bool {
	for kind, bodies := range items {
		if c.Provider.Kinds[kind].Class == class && len(bodies) > 0 {
			return true
		}
	}
	return false
}

// tooMany reports where two productions share a class, in a group or ("") in the whole cluster, and tells
// whether they do.
func tooMany(c *schema.Cluster, class, group string, report report) bool {
	var serials []string
	for _, serial := range c.Serials() {
		peer := c.Peers[serial]
		inCluster := group == "" && peer.Share[class] == schema.WithAll
		inGroup := group != "" && peer.Group == group && peer.Shares(class)
		if !peer.Backup && (inCluster || inGroup) {
			serials = append(serials, serial)
		}
	}
	if len(serials) < 2 {
		return false
	}
	report(path("peers", serials[1], "share", class), "%s cannot be shared by two productions, and %s do so%s",
		class, strings.Join(serials, " and "), inGroup(group)).
		see(path("peers", serials[0]), "peer %s shares it", serials[0])
	return true
}

func shareBackup(c *schema.Cluster, report report) {
	for _, serial := range paired(c) {
		for class, properties := range c.Provider.Classes {
			peer := c.Peers[serial]
			if !properties.Backup || peer.Shares(class) {
				continue
			}
			is := "a backup"
			if !peer.Backup {
				is = "a production that a backup stands in for"
			}
			report(path("peers", serial, "share", class), "it is %s, and does not share %s", is, class)
		}
	}
}

// paired are the backups, and the productions that one stands in for: those of its group, or all of them
// where its group has none.
func paired(c *schema.Cluster) []string {
	productions, backed, standby := map[string]bool{}, map[string]bool{}, false
	for _, peer := range c.Peers {
		if !peer.Backup && peer.Group != "" {
			productions[peer.Group] = true
		}
	}
	for _, peer := range c.Peers {
		if peer.Backup {
			backed[peer.Group] = peer.Group != ""
			standby = standby || !productions[peer.Group]
		}
	}
	var serials []string
	for serial, peer := range c.Peers {
		if peer.Backup || standby || backed[peer.Group] {
			serials = append(serials, serial)
		}
	}
	return serials
}

func authorityExists(c *schema.Cluster, report report) {
	for class, by := range c.Authority {
		inherited := class != "all" && by == c.Authority["all"]
		if by != "git" && by != "any" && !has(c.Roles, by) && !inherited {
			report(path("authority", class), "there is no role %q; roles are: %s", by, list(c.Roles))
		}
	}
}
