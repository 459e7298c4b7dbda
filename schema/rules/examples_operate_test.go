package rules

import (
	"github.com/gitops-reconciler/reconciler/schema"
)

func healthExamples() map[string][]example {
	ofGroup := func(h schema.Health) func(*schema.Cluster) {
		return func(c *schema.Cluster) { c.Groups["east"] = schema.Group{Health: h} }
	}
	ofPeer := func(h schema.Health) func(*schema.Cluster) {
		return peer("1001", func(p *schema.Peer) { p.Health = h })
	}
	listen := func(c *schema.Cluster) { c.Health.Listen = ":1559" }
	const dead = ", the time between two signs of life: every peer would be dead between them"
	const dropped = ", the time between two renewals: every role would be dropped between them"
	return map[string][]example{
		"health-durations": {
			{"no time between deeper checks", health(func(h *schema.Health) { h.Deep = "0s" }), []string{"cluster.health.deep: 0s is no time at all"}},
			{"at a group", ofGroup(schema.Health{Timeout: "0h0m"}), []string{"cluster.groups.east.health.timeout: 0h0m is no time at all"}},
			{"a millisecond", health(func(h *schema.Health) { h.Timeout = "1ms" }), nil},
		},
		"health-dead-above-heartbeat": {
			{"shorter than a probe", health(func(h *schema.Health) { h.Dead = "4s" }), []string{"cluster.health.dead: 4s is not longer than 5s" + dead}},
			{"as long as a heartbeat", both(listen, health(func(h *schema.Health) { h.Heartbeat = "30s" })), []string{"cluster.health.dead: 30s is not longer than 30s" + dead}},
			{"rarer probes of a group", ofGroup(schema.Health{Probe: "30s", Lease: "1m"}), []string{"cluster.groups.east.health.probe: 30s is not longer than 30s" + dead}},
			{"sooner for one peer", both(ofGroup(schema.Health{Dead: "1m"}), ofPeer(schema.Health{Dead: "5s"})), []string{`cluster.peers."1001".health.dead: 5s is not longer than 5s` + dead}},
			{"shorter than a probe, but heartbeats", both(listen, health(func(h *schema.Health) { h.Dead, h.Heartbeat = "4s", "1s" })), nil},
			{"a wider scope makes up for it", both(ofGroup(schema.Health{Dead: "1m"}), ofPeer(schema.Health{Probe: "30s", Lease: "1m"})), nil},
			{"only inherited", ofPeer(schema.Health{Rise: 2}), nil},
		},
		"health-timeout-within-probe": {
			{"longer", health(func(h *schema.Health) { h.Timeout = "6s" }), []string{"cluster.health.timeout: 6s is longer than 5s, the time between two probes"}},
			{"more frequent probes of a peer", ofPeer(schema.Health{Probe: "2s"}), []string{`cluster.peers."1001".health.probe: 3s is longer than 2s, the time between two probes`}},
			{"as long", health(func(h *schema.Health) { h.Timeout = "5s" }), nil},
		},
		"health-lease-above-probe": {
			{"as long", health(func(h *schema.Health) { h.Lease = "5s" }), []string{"cluster.health.lease: 5s is not longer than 5s" + dropped}},
			{"rarer probes of a peer", ofPeer(schema.Health{Probe: "30s", Dead: "1m"}), []string{`cluster.peers."1001".health.probe: 30s is not longer than 30s` + dropped}},
			{"a little longer", health(func(h *schema.Health) { h.Lease = "5001ms" }), nil},
		},
		"health-listen": {
			{"nowhere", health(func(h *schema.Health) { h.Heartbeat = "1s" }), []string{"cluster.health.heartbeat: heartbeats are expected, and health.listen does not say where"}},
			{"one peer's", ofPeer(schema.Health{Heartbeat: "1s"}), []string{`cluster.peers."1001".health.heartbeat: heartbeats are expected, and health.listen does not say where`}},
			{"somewhere", both(listen, health(func(h *schema.Health) { h.Heartbeat = "1s" })), nil},
			{"no heartbeats", listen, nil},
		},
	}
}

func operateExamples() map[string][]example {
	window := func(change func(*schema.Window)) func(*schema.Cluster) {
		return func(c *schema.Cluster) {
			w := c.Windows["night"]
			change(&w)
			c.Windows["night"] = w
		}
	}
	opens := func(cron string) func(*schema.Cluster) { return window(func(w *schema.Window) { w.Opens = cron }) }
	zone := func(name string) func(*schema.Cluster) { return window(func(w *schema.Window) { w.Zone = name }) }
	hook := func(change func(*schema.Hook)) func(*schema.Cluster) {
		return func(c *schema.Cluster) {
			h := c.Hooks["backup"]
			change(&h)
			c.Hooks["backup"] = h
		}
	}
	told := func(when schema.When) func(*schema.Cluster) {
		return func(c *schema.Cluster) {
			when.On = []string{"dead"}
			c.Notify["ops"] = schema.Notify{When: when, To: []string{"mailto:ops@acme.example"}}
		}
	}
	return map[string][]example{
		"window-opens": {
			{"never", opens("0 0 31 2 *"), []string{`cluster.windows.night.opens: "0 0 31 2 *": no day ever matches`}},
			{"at intervals", opens("@every 1h"), []string{`cluster.windows.night.opens: "@every 1h": want five fields; a time zone has a field of its own`}},
			{"in a time zone", opens("TZ=UTC"), []string{`cluster.windows.night.opens: "TZ=UTC": want five fields; a time zone has a field of its own`}},
			{"on the seventh weekday", opens("0 0 * * 7"), []string{`cluster.windows.night.opens: "0 0 * * 7": a week begins with Sunday, which is 0 or sun and not 7; write sat,sun rather than sat-sun`}},
			{"up to the seventh", opens("0 0 * * 1,5-7/2"), []string{`cluster.windows.night.opens: "0 0 * * 1,5-7/2": a week begins with Sunday, which is 0 or sun and not 7; write sat,sun rather than sat-sun`}},
			{"in the seventeenth hour of a wrong day", opens("0 17 * * 8"), []string{`cluster.windows.night.opens: "0 17 * * 8": end of range (8) above maximum (6): 8`}},
			{"backwards", opens("0 0 * * sat-sun"), []string{`cluster.windows.night.opens: "0 0 * * sat-sun": a week begins with Sunday, which is 0 or sun and not 7; write sat,sun rather than sat-sun`}},
			{"every four years", opens("0 0 29 2 *"), nil},
			{"on weekends", opens("0 0 * * sat,sun"), nil},
		},
		"window-lasts": {
			{"not at all", window(func(w *schema.Window) { w.Lasts = "0s" }), []string{"cluster.windows.night.lasts: 0s is no time at all"}},
			{"a millisecond", window(func(w *schema.Window) { w.Lasts = "1ms" }), nil},
		},
		"window-zone": {
			{"nowhere", zone("Europe/Berln"), []string{`cluster.windows.night.zone: time zone "Europe/Berln" is not known`}},
			{"wherever this runs", zone("Local"), []string{`cluster.windows.night.zone: time zone "Local" is not known`}},
			{"a file", zone("../../etc/localtime"), []string{`cluster.windows.night.zone: time zone "../../etc/localtime" is not known`}},
			{"UTC", zone("UTC"), nil},
		},
		"hook-does": {
			{"nothing", hook(func(h *schema.Hook) { h.URL = "" }), []string{"cluster.hooks.backup: it does nothing"}},
			{"a command", hook(func(h *schema.Hook) { h.URL, h.Run = "", []string{"true"} }), nil},
			{"a call", hook(func(h *schema.Hook) { h.URL = "env:URL" }), nil},
		},
		"hook-reboots": {
			{"no fence", hook(func(h *schema.Hook) { h.Reboots = true }), []string{"cluster.hooks.backup.reboots: it is not called to fence, so what a restart leaves running is nobody's question"}},
			{"a fence", hook(func(h *schema.Hook) { h.On, h.Reboots = append(h.On, "fence"), true }), nil},
		},
		"hook-timeout": {
			{"no time", hook(func(h *schema.Hook) { h.Timeout = "0s" }), []string{"cluster.hooks.backup.timeout: 0s is no time at all"}},
			{"a little", hook(func(h *schema.Hook) { h.Timeout = "1ms" }), nil},
		},
		"event-peers-exist": {
			{"of a hook", hook(func(h *schema.Hook) { h.Peers = []string{"1001", "1003"} }), []string{"cluster.hooks.backup.peers: there is no peer 1003; peers are: 1001, 1002, HC3"}},
			{"of a notification", told(schema.When{Peers: []string{"hc3"}}), []string{"cluster.notify.ops.peers: there is no peer hc3; peers are: 1001, 1002, HC3"}},
			{"peers", told(schema.When{Peers: []string{"HC3", "1001"}}), nil},
		},
		"event-roles-exist": {
			{"of a hook", hook(func(h *schema.Hook) { h.Roles = []string{"router"} }), []string{"cluster.hooks.backup.roles: there is no role router; roles are: scheduler"}},
			{"of a notification", told(schema.When{Roles: []string{"Scheduler"}}), []string{"cluster.notify.ops.roles: there is no role Scheduler; roles are: scheduler"}},
			{"a role", told(schema.When{Roles: []string{"scheduler"}}), nil},
		},
	}
}
