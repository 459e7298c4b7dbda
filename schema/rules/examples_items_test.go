package rules

import (
	"github.com/gitops-reconciler/reconciler/schema"
)

func itemExamples() map[string][]example {
	return map[string][]example{
		"item-kind-exists":      kindExamples(),
		"item-secret-reference": secretExamples(),
		"item-cron":             cronExamples(),
		"item-id":               idExamples(),
		"leave-kind-exists":     leaveKindExamples(),
		"leave-or-declare":      leaveExamples(),
		"protect-kind-exists": {
			{
				"a kind of another product", func(c *schema.Cluster) { c.Guards.Protect = map[string]schema.Selection{"folder": {All: true}} },
				[]string{"cluster.guards.protect.folder: product has no kind \"folder\"; its kinds are: " + kinds},
			},
			{"one of its own", func(c *schema.Cluster) { c.Guards.Protect = map[string]schema.Selection{"user": {IDs: []string{"*"}}} }, nil},
		},
	}
}

const kinds = "cert, database, job, route, setting, user"

func kindExamples() []example {
	folder := schema.Items{"folder": {"inbox": {}}}
	const said = `: product has no kind "folder"; its kinds are: ` + kinds
	return []example{
		{"at cluster scope", clusterItems(folder), []string{"cluster.items.folder" + said}},
		{"at a group", groupItems(folder), []string{"cluster.groups.west.items.folder" + said}},
		{"at a peer, taking it away", peerItems("HC3", schema.Items{"folder": {"inbox": nil}}), []string{"cluster.peers.HC3.items.folder" + said}},
		{"a kind without items", groupItems(schema.Items{"job": {}}), nil},
	}
}

func idExamples() []example {
	cert := func(id string) schema.Items { return schema.Items{"cert": {id: {}}} }
	return []example{
		{"at cluster scope", clusterItems(cert("Acme")), []string{`cluster.items.cert.Acme: "Acme" is not a name in lower case`}},
		{"taken away at a group", groupItems(schema.Items{"cert": {"a b": nil}}), []string{`cluster.groups.west.items.cert."a b": "a b" is not a name in lower case`}},
		{"as it should be", clusterItems(cert("acme")), nil},
		{"of a kind that takes any", clusterItems(schema.Items{"job": {"Acme": {}}}), nil},
	}
}

func secretExamples() []example {
	const said = ": this is not a reference to a secret"
	user := func(body schema.Body) schema.Items { return schema.Items{"user": {"bob": body}} }
	return []example{
		{"at cluster scope", clusterItems(user(schema.Body{"password": "hunter2"})), []string{"cluster.items.user.bob.password" + said}},
		{"at a group, deeper", groupItems(user(schema.Body{"proxy": map[string]any{"password": "hunter2"}})), []string{"cluster.groups.west.items.user.bob.proxy.password" + said}},
		{"at a peer, a number", peerItems("1001", user(schema.Body{"password": int64(4711)})), []string{`cluster.peers."1001".items.user.bob.password` + said}},
		{"an environment variable", groupItems(user(schema.Body{"password": "env:BOB"})), nil},
		{"a file", groupItems(user(schema.Body{"password": "file:/run/secrets/bob"})), nil},
		{"taken away", groupItems(user(schema.Body{"password": nil})), nil},
		{"the whole user taken away", groupItems(user(nil)), nil},
		{"another field", groupItems(user(schema.Body{"passwords": "hunter2", "proxy": "hunter2"})), nil},
		{"another kind", groupItems(schema.Items{"job": {"a": {"password": "hunter2"}}}), nil},
	}
}

func cronExamples() []example {
	job := func(cron any) schema.Items { return schema.Items{"job": {"a": {"cron": cron}}} }
	return []example{
		{"a day that never comes", clusterItems(job("0 0 31 2 *")), []string{`cluster.items.job.a.cron: "0 0 31 2 *": no day ever matches`}},
		{"four fields", groupItems(job("0 0 1 *")), []string{`cluster.groups.west.items.job.a.cron: "0 0 1 *": expected exactly 5 fields, found 4: [0 0 1 *]`}},
		{
			"deeper, at a peer", peerItems("HC3", schema.Items{"job": {"a": {"when": map[string]any{"cron": "TZ=UTC 0 0 * * *"}}}}),
			[]string{`cluster.peers.HC3.items.job.a.when.cron: "TZ=UTC 0 0 * * *": want five fields; a time zone has a field of its own`},
		},
		{"a leap day", clusterItems(job("0 0 29 2 *")), nil},
		{"a day that never comes, or a weekday", clusterItems(job("0 0 31 2 mon")), nil},
		{"taken away", groupItems(job(nil)), nil},
		{"another field", groupItems(schema.Items{"job": {"a": {"crons": "never"}}}), nil},
		{"another kind", groupItems(schema.Items{"user": {"a": {"cron": "never"}}}), nil},
	}
}

func leaveKindExamples() []example {
	folders := map[string]schema.Selection{"folder": {All: true}}
	const said = `: product has no kind "folder"; its kinds are: ` + kinds
	return []example{
		{"by all", func(c *schema.Cluster) { c.Leave = folders }, []string{"cluster.leave.folder" + said}},
		{"by a group", func(c *schema.Cluster) { c.Groups["west"] = schema.Group{Leave: folders} }, []string{"cluster.groups.west.leave.folder" + said}},
		{"by a peer", peer("HC3", func(p *schema.Peer) { p.Leave = folders }), []string{"cluster.peers.HC3.leave.folder" + said}},
		{"a kind that there is", func(c *schema.Cluster) { c.Leave = map[string]schema.Selection{"cert": {All: true}} }, nil},
	}
}

func leaveExamples() []example {
	leave := func(kind string, selection schema.Selection) map[string]schema.Selection {
		return map[string]schema.Selection{kind: selection}
	}
	return []example{
		{
			"all of a kind", func(c *schema.Cluster) { c.Leave = leave("user", schema.Selection{All: true}) },
			[]string{"cluster.items.user.alice: it is declared here, and left to the peer by leave.user"},
		},
		{
			"by a pattern, at a peer", both(peerItems("HC3", schema.Items{"user": {"tmp-1": {}}}), peer("HC3", func(p *schema.Peer) { p.Leave = leave("user", schema.Selection{IDs: []string{"a", "tmp-*"}}) })),
			[]string{`cluster.peers.HC3.items.user."tmp-1": it is declared here, and left to the peer by leave.user`},
		},
		{
			"at a group", func(c *schema.Cluster) {
				c.Groups["west"] = schema.Group{Items: schema.Items{"user": {"bob": {}}}, Leave: leave("user", schema.Selection{IDs: []string{"bob"}})}
			},
			[]string{"cluster.groups.west.items.user.bob: it is declared here, and left to the peer by leave.user"},
		},
		{"declared by a wider scope", peer("HC3", func(p *schema.Peer) { p.Leave = leave("user", schema.Selection{All: true}) }), nil},
		{"others of the kind", func(c *schema.Cluster) { c.Leave = leave("user", schema.Selection{IDs: []string{"bob", "alic", "b*"}}) }, nil},
	}
}

func uniformExamples() map[string][]example {
	setting, database := schema.Items{"setting": {"a": {}}}, schema.Items{"database": {"a": {}}}
	ofEast := func(c *schema.Cluster) { c.Groups["east"] = schema.Group{Items: database} }
	left := func(kind string) map[string]schema.Selection {
		return map[string]schema.Selection{kind: {All: true}}
	}
	return map[string][]example{
		"item-uniform": {
			{"at a group", groupItems(setting), []string{"cluster.groups.west.items.setting.a: setting must be the same on every peer"}},
			{"at a peer", peerItems("HC3", setting), []string{"cluster.peers.HC3.items.setting.a: setting must be the same on every peer"}},
			{"of a group, at a peer", peerItems("HC3", database), []string{"cluster.peers.HC3.items.database.a: database must be the same in the whole group"}},
			{"of a group, at a group", groupItems(database), nil},
			{"at cluster scope", both(clusterItems(setting), clusterItems(database)), nil},
			{"no items", peerItems("HC3", schema.Items{"setting": {}}), nil},
			{"another kind", peerItems("HC3", schema.Items{"cert": {"a": {}}}), nil},
		},
		"item-uniform-shared": {
			{"not shared", both(clusterItems(setting), share("HC3", map[string]schema.Sharing{"options": none})), []string{"cluster.peers.HC3.share.options: setting must be the same on every peer, and this peer does not share it"}},
			{"shared with the group", both(clusterItems(setting), share("HC3", map[string]schema.Sharing{"options": withGroup})), []string{"cluster.peers.HC3.share.options: setting must be the same on every peer, and this peer does not share it"}},
			{"left to a peer", both(clusterItems(setting), peer("HC3", func(p *schema.Peer) { p.Leave = left("setting") })), []string{"cluster.peers.HC3.leave.setting: setting must be the same on every peer, and it is left to this peer"}},
			{"left to a group", both(clusterItems(setting), func(c *schema.Cluster) { c.Groups["west"] = schema.Group{Leave: left("setting")} }), []string{"cluster.groups.west.leave.setting: setting must be the same on every peer, and it is left to the peers of this group"}},
			{"of a group, not shared", both(ofEast, share("1001", map[string]schema.Sharing{"options": none})), []string{`cluster.peers."1001".share.options: database must be the same in the whole group, and this peer does not share it`}},
			{"of a group, left to a peer of it", both(ofEast, peer("1002", func(p *schema.Peer) { p.Leave = left("database") })), []string{`cluster.peers."1002".leave.database: database must be the same in the whole group, and it is left to this peer`}},
			{"of another group, not shared", both(groupItems(database), share("1001", map[string]schema.Sharing{"options": none})), nil},
			{"of a group, shared with it", both(ofEast, share("1001", map[string]schema.Sharing{"options": withGroup})), nil},
			{"nothing declared", both(share("HC3", map[string]schema.Sharing{"options": none}), peer("HC3", func(p *schema.Peer) { p.Leave = left("setting") })), nil},
			{"another class", both(clusterItems(setting), share("HC3", map[string]schema.Sharing{"routes": none})), nil},
		},
	}
}
