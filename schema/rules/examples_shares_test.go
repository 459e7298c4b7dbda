package rules

import (
	"github.com/gitops-reconciler/reconciler/schema"
)

const (
	all       = schema.WithAll
	withGroup = schema.WithGroup
	none      = schema.WithNone
)

// Who runs by the clock needs the hosts, who has hosts the certificates.
func shareExamples() map[string][]example {
	return map[string][]example{
		"share-needs": {
			{
				"the schedule without the hosts", share("HC3", map[string]schema.Sharing{"hosts": none}),
				[]string{"cluster.peers.HC3.share.hosts: schedule is shared but hosts, which it needs, is not"},
			},
			{
				"the hosts without the certificates", share("HC3", map[string]schema.Sharing{"certificates": none}),
				[]string{"cluster.peers.HC3.share.certificates: hosts is shared but certificates, which it needs, is not"},
			},
			{
				"less widely", share("1001", map[string]schema.Sharing{"certificates": withGroup}),
				[]string{`cluster.peers."1001".share.certificates: hosts is shared but certificates, which it needs, only with the group`},
			},
			{"as widely", share("1001", map[string]schema.Sharing{"certificates": withGroup, "hosts": withGroup, "schedule": withGroup}), nil},
			{"more widely", share("1001", map[string]schema.Sharing{"schedule": withGroup}), nil},
			{"neither the schedule nor the hosts", share("HC3", map[string]schema.Sharing{"schedule": none, "hosts": none}), nil},
			{"nothing", share("HC3", map[string]schema.Sharing{"certificates": none, "hosts": none, "schedule": none}), nil},
		},
		"share-single":     singleExamples(),
		"share-backup":     backupExamples(),
		"authority-exists": authorityExamples(),
	}
}

func singleExamples() []example {
	route := schema.Items{"route": {"in": {}}}
	ofGroup := both(group("HC3", "west"), another("HC4"), group("HC4", "west"), groupItems(route))
	byHand := func(c *schema.Cluster) { c.Authority["routes"] = "any" }
	const two = "routes cannot be shared by two productions, and "
	return []example{
		{"items for all", clusterItems(route), []string{"cluster.peers.HC3.share.routes: " + two + "1001 and HC3 do so"}},
		{"items for a group", ofGroup, []string{"cluster.peers.HC4.share.routes: " + two + "HC3 and HC4 do so in group west"}},
		{
			"with the group", both(ofGroup, share("HC3", map[string]schema.Sharing{"routes": withGroup}), share("HC4", map[string]schema.Sharing{"routes": withGroup})),
			[]string{"cluster.peers.HC4.share.routes: " + two + "HC3 and HC4 do so in group west"},
		},
		{"changed on peers", byHand, []string{"cluster.peers.HC3.share.routes: " + two + "1001 and HC3 do so"}},
		{"changed on peers of a group", both(byHand, share("1001", map[string]schema.Sharing{"routes": none}), ofGroup, share("HC3", map[string]schema.Sharing{"routes": withGroup})), []string{"cluster.peers.HC4.share.routes: " + two + "HC3 and HC4 do so in group west"}},
		{"one production and its backup", both(clusterItems(route), share("HC3", map[string]schema.Sharing{"routes": none})), nil},
		{"one with the group", both(clusterItems(route), share("HC3", map[string]schema.Sharing{"routes": withGroup})), nil},
		{"items of one production", peerItems("HC3", route), nil},
		{"one production in a group", both(group("HC3", "west"), groupItems(route)), nil},
		{"no items", clusterItems(schema.Items{"route": {}}), nil},
	}
}

func backupExamples() []example {
	noHosts := map[string]schema.Sharing{"hosts": none, "schedule": none}
	return []example{
		{"a backup", share("1002", noHosts), []string{`cluster.peers."1002".share.hosts: it is a backup, and does not share hosts`}},
		{"its production", share("1001", noHosts), []string{`cluster.peers."1001".share.hosts: it is a production that a backup stands in for, and does not share hosts`}},
		{
			"a production of a backup in no group", both(group("1002", ""), share("HC3", noHosts)),
			[]string{"cluster.peers.HC3.share.hosts: it is a production that a backup stands in for, and does not share hosts"},
		},
		{
			"a production of a group of backups", both(group("1002", "west"), share("HC3", noHosts)),
			[]string{"cluster.peers.HC3.share.hosts: it is a production that a backup stands in for, and does not share hosts"},
		},
		{"a production that no backup stands in for", share("HC3", noHosts), nil},
		{"with the group", share("1002", map[string]schema.Sharing{"hosts": withGroup, "schedule": withGroup}), nil},
		{"another class", share("1002", map[string]schema.Sharing{"options": none}), nil},
	}
}

func authorityExamples() []example {
	by := func(class, by string) func(*schema.Cluster) {
		return func(c *schema.Cluster) { c.Authority[class] = by }
	}
	return []example{
		{"nobody", by("hosts", "master"), []string{`cluster.authority.hosts: there is no role "master"; roles are: scheduler`}},
		{"nobody, for all", both(by("all", "master"), by("hosts", "master")), []string{`cluster.authority.all: there is no role "master"; roles are: scheduler`}},
		{"any peer", by("hosts", "any"), nil},
		{"the holders of a role", by("hosts", "scheduler"), nil},
	}
}
