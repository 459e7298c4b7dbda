package rules

import (
	"github.com/gitops-reconciler/reconciler/schema"
)

func candidates(serials ...string) func(*schema.Cluster) {
	return role(func(r *schema.Role) { r.Candidates = serials })
}

func electable(serial string, electable bool) func(*schema.Cluster) {
	return peer(serial, func(p *schema.Peer) { p.Electable = electable })
}

func roleExamples() map[string][]example {
	with := func(name, lead string) func(*schema.Cluster) {
		return named(name, func(r *schema.Role) { r.With = lead })
	}
	nobody := both(electable("1001", false), electable("1002", false), electable("HC3", false))
	return map[string][]example{
		"role-candidate-exists": {
			{"a misspelt serial", candidates("1001", "1003"), []string{"cluster.roles.scheduler.candidates: there is no peer 1003; peers are: 1001, 1002, HC3"}},
			{"peers", candidates("HC3", "1001"), nil},
		},
		"role-candidate-electable": {
			{"a peer that may hold no role", both(candidates("1001", "HC3"), electable("HC3", false)), []string{"cluster.roles.scheduler.candidates: peer HC3 is not electable"}},
			{"one that may not, and is no candidate", both(candidates("1001"), electable("HC3", false)), nil},
		},
		"role-candidates": {
			{"no peer may", nobody, []string{"cluster.roles.scheduler: no peer can hold it: none is electable"}},
			{"none of its group", role(func(r *schema.Role) { r.Group = "west" }), []string{"cluster.roles.scheduler: no peer can hold it: none is electable in group west"}},
			{"none of its group may", both(role(func(r *schema.Role) { r.Group = "east" }), electable("1001", false), electable("1002", false)), []string{"cluster.roles.scheduler: no peer can hold it: none is electable in group east"}},
			{"one may", both(nobody, electable("HC3", true)), nil},
			{"no peers", both(func(c *schema.Cluster) { clear(c.Peers) }), nil},
		},
		"role-with-exists": {
			{"a misspelt role", with("router", "schedule"), []string{`cluster.roles.router.with: there is no role "schedule"; roles are: router, scheduler`}},
			{"a role", with("router", "scheduler"), nil},
		},
		"role-with-circle": {
			{"itself", with("router", "router"), []string{"cluster.roles.router.with: it goes with itself: router with router"}},
			{"one with the other", both(with("router", "web"), with("web", "router")), []string{"cluster.roles.router.with: it goes with itself: router with web with router"}},
			{"into a circle", both(with("a", "router"), with("router", "web"), with("web", "router")), []string{"cluster.roles.router.with: it goes with itself: router with web with router"}},
			{"a chain", both(with("web", "router"), with("router", "scheduler")), nil},
			{"two with one", both(with("web", "scheduler"), with("router", "scheduler")), nil},
		},
		"role-with-alone": {
			{"with candidates", named("router", func(r *schema.Role) { r.With, r.Candidates = "scheduler", []string{"1001"} }), []string{"cluster.roles.router.candidates: it goes with role scheduler, which says who holds it"}},
			{"with a group", named("router", func(r *schema.Role) { r.With, r.Group = "scheduler", "east" }), []string{"cluster.roles.router.group: it goes with role scheduler, which says who holds it"}},
			{"with seats", named("router", func(r *schema.Role) { r.With, r.Seats = "scheduler", []string{"a"} }), []string{"cluster.roles.router.seats: it goes with role scheduler, which says who holds it"}},
			{"alone", named("router", func(r *schema.Role) { r.Seats, r.Candidates = []string{"a"}, []string{"1001"} }), nil},
		},
		"role-seats": {
			{"two for one", role(func(r *schema.Role) { r.Seats = []string{"master", "pool"} }), []string{"cluster.roles.scheduler.seats: 2 seats for 1 holders"}},
			{"two for two", role(func(r *schema.Role) { r.Seats, r.Holders.Count = []string{"master", "pool"}, 2 }), nil},
			{"one for two", role(func(r *schema.Role) { r.Seats, r.Holders.Count = []string{"any"}, 2 }), nil},
			{"as many as there are", role(func(r *schema.Role) {
				r.Seats, r.Holders = []string{"master", "pool"}, schema.Holders{Named: "productions"}
			}), nil},
		},
		"role-first": {
			{"both", role(func(r *schema.Role) { r.First, r.Failback = "arrival", true }), []string{"cluster.roles.scheduler.first: it fails back to the first in rank, so arrival decides nothing"}},
			{"by rank", role(func(r *schema.Role) { r.Failback = true }), nil},
			{"without failback", role(func(r *schema.Role) { r.First = "arrival" }), nil},
		},
	}
}

func groupExamples() map[string][]example {
	in := func(name string) func(*schema.Cluster) {
		return role(func(r *schema.Role) { r.Group = name })
	}
	return map[string][]example{
		"role-group-exists": {
			{"a misspelt group", in("eats"), []string{`cluster.roles.scheduler.group: group "eats" is not declared; declared are: east, west`}},
			{"a group", in("east"), nil},
			{"no group", in(""), nil},
		},
		"role-candidate-group": {
			{"of no group", both(in("east"), candidates("1001", "HC3")), []string{"cluster.roles.scheduler.candidates: peer HC3 is not in group east"}},
			{"of another", both(group("HC3", "west"), in("east"), candidates("1001", "HC3")), []string{"cluster.roles.scheduler.candidates: peer HC3 is not in group east"}},
			{"of the group", both(in("east"), candidates("1001", "1002")), nil},
			{"of any", both(in(""), candidates("1001", "HC3")), nil},
		},
	}
}

func switchExamples() map[string][]example {
	runs := func(kind string, ids ...string) func(*schema.Role) {
		return func(r *schema.Role) { r.Runs = map[string]schema.Selection{kind: {All: ids == nil, IDs: ids}} }
	}
	second := func(kind string, ids ...string) func(*schema.Cluster) { return named("second", runs(kind, ids...)) }
	apart := both(candidates("1001", "1002"), named("second", func(r *schema.Role) { r.Candidates = []string{"HC3"} }))
	weekly := clusterItems(schema.Items{"job": {"nightly": {}, "weekly": {}}})
	fence := func(hook string) func(*schema.Cluster) { return role(func(r *schema.Role) { r.Fence = hook }) }
	return map[string][]example{
		"role-fence-exists": {
			{"a misspelt hook", fence("pover"), []string{`cluster.roles.scheduler.fence: there is no hook "pover"; hooks are: backup, power`}},
			{"a hook", fence("power"), nil},
		},
		"role-fence-event": {
			{"a hook for something else", fence("backup"), []string{"cluster.roles.scheduler.fence: hook backup is called on before-apply, not on fence"}},
			{"a hook for more", both(fence("power"), func(c *schema.Cluster) {
				c.Hooks["power"] = schema.Hook{When: schema.When{On: []string{"dead", "fence"}}, URL: "https://power", Timeout: "1s"}
			}), nil},
		},
		"role-leased-half": halfExamples(),
		"role-leased-runs": {
			{"leased", both(role(runs("job", "nightly")), role(func(r *schema.Role) { r.Fencing = "leased" })), []string{"cluster.roles.scheduler.runs: the role is leased, so nothing here is switched: it would run wherever the items are"}},
			{"confirmed", both(role(runs("job", "nightly")), role(func(r *schema.Role) { r.Fencing = "confirmed" })), nil},
			{"nothing here", role(func(r *schema.Role) { r.Fencing, r.Runs = "leased", nil }), nil},
		},
		"role-stop-within-lease": stopExamples(),
		"role-runs-lever": {
			{"a kind without", role(runs("user")), []string{`cluster.roles.scheduler.runs.user: product has no kind "user" that can be switched on and off`}},
			{"no kind", role(runs("folder")), []string{`cluster.roles.scheduler.runs.folder: product has no kind "folder" that can be switched on and off`}},
			{"a kind with one", role(runs("job")), nil},
		},
		"role-runs-exists": {
			{"a misspelt id", role(runs("job", "nightly", "nihgtly")), []string{`cluster.roles.scheduler.runs.job: no job "nihgtly" is declared`}},
			{"only taken away", both(role(runs("job", "weekly")), groupItems(schema.Items{"job": {"weekly": nil}})), []string{`cluster.roles.scheduler.runs.job: no job "weekly" is declared`}},
			{"declared by a peer", both(role(runs("job", "weekly")), peerItems("HC3", schema.Items{"job": {"weekly": {}}})), nil},
			{"all there are", both(role(runs("job")), func(c *schema.Cluster) { clear(c.Items) }), nil},
		},
		"role-runs-once": {
			{"one id", second("job", "nightly"), []string{`cluster.roles.second.runs.job: "nightly" is switched by role scheduler too, and peer 1001 may hold both`}},
			{"all and one", second("job"), []string{`cluster.roles.second.runs.job: "nightly" is switched by role scheduler too, and peer 1001 may hold both`}},
			{"all and all", both(role(runs("job")), second("job")), []string{"cluster.roles.second.runs.job: everything is switched by role scheduler too, and peer 1001 may hold both"}},
			{
				"one that goes with it", both(second("job", "nightly"), candidates("HC3"), named("second", func(r *schema.Role) { r.With = "scheduler" })),
				[]string{`cluster.roles.second.runs.job: "nightly" is switched by role scheduler too, and peer HC3 may hold both`},
			},
			{"another id", both(weekly, second("job", "weekly")), nil},
			{"no peer may hold both", both(second("job", "nightly"), apart), nil},
		},
		"role-spread": {
			{"nothing", role(func(r *schema.Role) { r.Runs, r.Spread = nil, true }), []string{"cluster.roles.scheduler.spread: there is nothing to spread"}},
			{"something", role(func(r *schema.Role) { r.Spread = true }), nil},
			{"not spread", role(func(r *schema.Role) { r.Runs = nil }), nil},
		},
	}
}

func stopExamples() []example {
	leased := func(stop string) func(*schema.Cluster) {
		return role(func(r *schema.Role) { r.Fencing, r.Runs, r.StopWithin = "leased", nil, stop })
	}
	short := peer("HC3", func(p *schema.Peer) { p.Health.Lease = "8s" })
	return []example{
		{
			"no renewal in time", leased("25s"),
			[]string{"cluster.roles.scheduler.stopWithin: it takes 25s to stop, and on peer 1001 a lease of 30s is renewed every 5s: it would be stopped between them"},
		},
		{
			"on one peer", both(leased("5s"), short),
			[]string{"cluster.roles.scheduler.stopWithin: it takes 5s to stop, and on peer HC3 a lease of 8s is renewed every 5s: it would be stopped between them"},
		},
		{"just in time", leased("24900ms"), nil},
		{"on a peer that cannot hold it", both(leased("5s"), short, candidates("1001")), nil},
		{"without a lease", role(func(r *schema.Role) { r.StopWithin = "1h" }), nil},
	}
}

// halfExamples are about who can be told that they may hold a role.
func halfExamples() []example {
	leased := role(func(r *schema.Role) { r.Fencing, r.Runs, r.Candidates = "leased", nil, []string{"1002", "1001"} })
	beside := func(serial string) func(*schema.Cluster) { return sidecar(serial, schema.Sidecar{Address: serial}) }
	return []example{
		{"nobody's", both(called(`{}`), leased), []string{"cluster.roles.scheduler.fencing: product knows nothing of leases, and peer 1001 has no sidecar: it could never hold the role"}},
		{"only one's", both(called(`{}`), leased, beside("1001")), []string{"cluster.roles.scheduler.fencing: product knows nothing of leases, and peer 1002 has no sidecar: it could never hold the role"}},
		{"all candidates'", both(called(`{}`), leased, beside("1001"), beside("1002")), nil},
		{"the product's own", both(called(`{"leases": {"tenure": "/roles"}}`), leased), nil},
		{"no leases", called(`{}`), nil},
		{"only described", leased, nil},
	}
}
