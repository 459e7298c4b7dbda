package rules

import (
	"maps"

	"github.com/gitops-reconciler/reconciler/schema"
)

// valid keeps every rule; an example changes one thing in it. 1001 and its backup 1002 are the east, HC3
// stands alone.
func valid() *schema.Cluster {
	return &schema.Cluster{
		Name:     "mft",
		Provider: product(),
		Peers: map[string]schema.Peer{
			"1001": {Address: "n1", Group: "east", Electable: true, Share: everything()},
			"1002": {Address: "n2", Group: "east", Electable: true, Share: everything(), Backup: true},
			"HC3":  {Address: "n3", Electable: true, Share: everything()},
		},
		Groups:    map[string]schema.Group{"east": {}, "west": {}},
		Items:     schema.Items{"user": {"alice": {"password": "env:ALICE"}}, "job": {"nightly": {"cron": "0 1 * * *"}}},
		Authority: map[string]string{"all": "git", "certificates": "git", "hosts": "git", "schedule": "git", "routes": "git", "options": "git"},
		Roles:     map[string]schema.Role{"scheduler": scheduler()},
		Health: schema.ClusterHealth{Health: schema.Health{
			Probe: "5s", Timeout: "3s", Dead: "30s", Lease: "30s",
		}},
		Hooks: map[string]schema.Hook{
			"power":  {When: schema.When{On: []string{"fence"}}, Run: []string{"power-off"}, Timeout: "30s"},
			"backup": {When: schema.When{On: []string{"before-apply"}}, URL: "https://backup", Timeout: "30s"},
		},
		Notify:  map[string]schema.Notify{"ops": {When: schema.When{On: []string{"dead"}}, To: []string{"mailto:ops@acme.example"}}},
		Windows: map[string]schema.Window{"night": {Opens: "0 22 * * mon-fri", Lasts: "4h", Zone: "Europe/Berlin"}},
	}
}

func everything() map[string]schema.Sharing {
	return map[string]schema.Sharing{
		"all": schema.WithAll, "certificates": schema.WithAll, "hosts": schema.WithAll,
		"schedule": schema.WithAll, "routes": schema.WithAll, "options": schema.WithAll,
	}
}

// product is one whose jobs run by the clock and can be switched, and need the hosts, as these need the
// certificates.
func product() schema.Provider {
	return schema.Provider{
		Name: "product",
		Port: schema.Ports{HTTP: 80, HTTPS: 443},
		Classes: map[string]schema.Class{
			"certificates": {},
			"hosts":        {Needs: []string{"certificates", "keys"}, Backup: true}, // the product has no class of keys
			"schedule":     {Needs: []string{"hosts"}},
			"routes":       {Single: true},
			"options":      {},
		},
		Kinds: map[string]schema.Kind{
			"cert":     {Class: "certificates", IDs: &schema.IDs{Match: "^[a-z]+$", Want: "a name in lower case"}},
			"user":     {Class: "hosts", Secrets: []string{"/password", "/proxy/password"}},
			"job":      {Class: "schedule", Crons: []string{"/cron", "/when/cron"}, Lever: &schema.Lever{}},
			"route":    {Class: "routes"},
			"setting":  {Class: "options", Uniform: true},
			"database": {Class: "options", Uniform: "group"},
		},
	}
}

func scheduler() schema.Role {
	return schema.Role{
		Holders: schema.Holders{Count: 1}, First: "rank", Fencing: "confirmed", StopWithin: "5s",
		Runs: map[string]schema.Selection{"job": {IDs: []string{"nightly"}}},
	}
}

// peer changes one peer of a cluster.
func peer(serial string, change func(*schema.Peer)) func(*schema.Cluster) {
	return func(c *schema.Cluster) {
		p := c.Peers[serial]
		change(&p)
		c.Peers[serial] = p
	}
}

// another adds a peer like HC3.
func another(serial string) func(*schema.Cluster) {
	return func(c *schema.Cluster) {
		p := c.Peers["HC3"]
		p.Address = "n" + serial
		c.Peers[serial] = p
	}
}

func address(serial, address string) func(*schema.Cluster) {
	return peer(serial, func(p *schema.Peer) { p.Address = address })
}

func credentials(serial string, given schema.Credentials) func(*schema.Cluster) {
	return peer(serial, func(p *schema.Peer) { p.Credentials = given })
}

func share(serial string, classes map[string]schema.Sharing) func(*schema.Cluster) {
	return peer(serial, func(p *schema.Peer) {
		p.Share = maps.Clone(p.Share)
		maps.Copy(p.Share, classes)
	})
}

func group(serial, group string) func(*schema.Cluster) {
	return peer(serial, func(p *schema.Peer) { p.Group = group })
}

func clusterItems(items schema.Items) func(*schema.Cluster) {
	return func(c *schema.Cluster) {
		for kind, bodies := range items {
			if c.Items[kind] == nil {
				c.Items[kind] = map[string]schema.Body{}
			}
			maps.Copy(c.Items[kind], bodies)
		}
	}
}

func groupItems(items schema.Items) func(*schema.Cluster) {
	return func(c *schema.Cluster) { c.Groups["west"] = schema.Group{Items: items} }
}

func peerItems(serial string, items schema.Items) func(*schema.Cluster) {
	return peer(serial, func(p *schema.Peer) { p.Items = items })
}

// role changes the scheduler.
func role(change func(*schema.Role)) func(*schema.Cluster) { return named("scheduler", change) }

// named changes the role of a name; one that was not there is as the scheduler is, but runs nothing.
func named(name string, change func(*schema.Role)) func(*schema.Cluster) {
	return func(c *schema.Cluster) {
		r, ok := c.Roles[name]
		if !ok {
			r = scheduler()
			r.Runs = nil
		}
		change(&r)
		c.Roles[name] = r
	}
}

func health(change func(*schema.Health)) func(*schema.Cluster) {
	return func(c *schema.Cluster) { change(&c.Health.Health) }
}

// both changes two things; an example says why one is not enough.
func both(changes ...func(*schema.Cluster)) func(*schema.Cluster) {
	return func(c *schema.Cluster) {
		for _, change := range changes {
			change(c)
		}
	}
}

// sidecar gives a peer one.
func sidecar(serial string, sidecar schema.Sidecar) func(*schema.Cluster) {
	return peer(serial, func(p *schema.Peer) { p.Sidecar = sidecar })
}

// called makes the product one that can be called in this way.
func called(api string) func(*schema.Cluster) {
	return func(c *schema.Cluster) { c.Provider.API = []byte(api) }
}
