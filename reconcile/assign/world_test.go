package assign

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

func noon() time.Time { return time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC) }

// drawInput draws a small cluster in any state, also in those that no run of moves leads to.
func drawInput(t *rapid.T) Input {
	c := drawCluster(t)
	in := Input{
		Cluster: c, Health: map[string]Health{}, Previous: map[schema.Place]lease.Seating{},
		Asked: map[schema.Place]string{}, Now: noon(),
	}
	drawHealth(t, in)
	serials := append(c.Serials(), "gone")
	for _, role := range slices.Sorted(maps.Keys(c.Roles)) {
		for n := range rapid.SampledFrom([]int{2, 3, 4, 1, 5, 0}).Draw(t, "seatings") {
			in.Previous[schema.Place{Role: role, Number: n}] = drawSeating(t, serials)
		}
		if rapid.Bool().Draw(t, "asked") {
			in.Asked[schema.Place{Role: role, Number: rapid.IntRange(0, 2).Draw(t, "place")}] = rapid.SampledFrom(serials).Draw(t, "for")
		}
	}
	in.Paused = rapid.SampledFrom([]string{"", "", "", "", "", "by anna"}).Draw(t, "paused")
	for _, serial := range c.Serials() {
		if rapid.IntRange(0, 9).Draw(t, "unfit") == 0 {
			in.Unfit = map[string]map[string]string{"alone": {serial: "takes no lease"}}
		}
	}
	in.Frozen = rapid.SampledFrom([]string{"", "", "", "", "", "3 of 5 look dead"}).Draw(t, "frozen")
	return in
}

func drawCluster(t *rapid.T) *schema.Cluster {
	c := &schema.Cluster{
		Peers: map[string]schema.Peer{}, Roles: map[string]schema.Role{},
		Provider: schema.Provider{Kinds: map[string]schema.Kind{"job": {Class: "c", Lever: &schema.Lever{Standby: "absent"}}}},
		Items:    schema.Items{"job": {}},
	}
	for i := range rapid.IntRange(0, 7).Draw(t, "items") {
		c.Items["job"][fmt.Sprint("j", i)] = schema.Body{}
	}
	for i := range rapid.SampledFrom([]int{5, 4, 7, 6, 3, 2, 1, 0}).Draw(t, "peers") {
		c.Peers[fmt.Sprint(1001+i)] = drawPeer(t)
	}
	c.Roles["alone"] = drawRole(t, c.Serials())
	c.Roles["with"] = schema.Role{With: "alone", Runs: map[string]schema.Selection{"job": {All: true}}, Spread: true}
	return c
}

func drawPeer(t *rapid.T) schema.Peer {
	p := schema.Peer{
		Electable: rapid.SampledFrom([]bool{true, true, true, true, true, false}).Draw(t, "electable"),
		Backup:    rapid.SampledFrom([]bool{false, false, true}).Draw(t, "backup"),
		Group:     rapid.SampledFrom([]string{"", "east", "west"}).Draw(t, "group"),
		Share:     map[string]schema.Sharing{"c": schema.WithAll},
	}
	if rapid.Bool().Draw(t, "has priority") {
		n := rapid.IntRange(0, 2).Draw(t, "priority")
		p.Priority = &n
	}
	if roles := rapid.SampledFrom([]string{"", "", "", "", "keep", "release"}).Draw(t, "suspended"); roles != "" {
		p.Suspended = &schema.Suspended{Roles: roles}
	}
	if rapid.SampledFrom([]bool{false, false, false, true}).Draw(t, "own items") {
		p.Items = schema.Items{"job": {"j0": nil, "own": {}}}
	}
	return p
}

func drawRole(t *rapid.T, serials []string) schema.Role {
	r := schema.Role{
		Backups:  rapid.SampledFrom([]string{"each", "last"}).Draw(t, "backups"),
		Within:   rapid.SampledFrom([]string{"cluster", "group"}).Draw(t, "within"),
		Failover: rapid.SampledFrom([]bool{true, true, true, false}).Draw(t, "failover"),
		Failback: rapid.Bool().Draw(t, "failback"),
		First:    rapid.SampledFrom([]string{"rank", "arrival"}).Draw(t, "first"),
		Wait:     rapid.SampledFrom([]string{"0s", "1m"}).Draw(t, "wait"),
		Settle:   rapid.SampledFrom([]string{"10m", "0s"}).Draw(t, "settle"),
		Seats:    rapid.SampledFrom([][]string{nil, {"master", "pool"}, {"primary", "backup", "backup", "alternate"}}).Draw(t, "seats"),
		Group:    rapid.SampledFrom([]string{"", "", "", "east"}).Draw(t, "role group"),
		Runs:     map[string]schema.Selection{"job": {All: true}}, Spread: true,
	}
	if r.Failback {
		r.First = "rank" // the rule role-first
	}
	r.Holders = rapid.SampledFrom([]schema.Holders{{Count: 1}, {Count: 2}, {Count: 3}, {Named: "productions"}, {Named: "all"}}).Draw(t, "holders")
	if len(serials) > 0 && rapid.SampledFrom([]bool{false, false, false, true}).Draw(t, "listed") {
		r.Candidates = rapid.Permutation(serials).Draw(t, "candidates")
		r.Candidates = r.Candidates[:rapid.IntRange(1, len(serials)).Draw(t, "so many")]
	}
	return r
}

func drawHealth(t *rapid.T, in Input) {
	for _, serial := range in.Cluster.Serials() {
		verdict := rapid.SampledFrom([]health.Verdict{health.Live, health.Live, health.Live, health.Dead, health.Close, health.Unknown, ""}).Draw(t, "verdict")
		if verdict != "" {
			in.Health[serial] = Health{verdict, ago(t, 0, 30, 60, 90, 600)}
		}
	}
}

// ago is one of some times before noon, given in seconds.
func ago(t *rapid.T, seconds ...int) time.Time {
	return noon().Add(-time.Duration(rapid.SampledFrom(seconds).Draw(t, "ago")) * time.Second)
}

func drawSeating(t *rapid.T, serials []string) lease.Seating {
	somebody := rapid.SampledFrom(append(slices.Clone(serials), ""))
	kinds := rapid.SampledFrom([]lease.Kind{lease.Failover, lease.Failback, lease.First, lease.Switchover, lease.Release, ""})
	s := lease.Seating{
		Holder: somebody.Draw(t, "holder"), From: somebody.Draw(t, "from"), Kind: kinds.Draw(t, "kind"), Since: ago(t, 300, 0, 900),
	}
	if rapid.SampledFrom([]bool{false, false, false, false, true}).Draw(t, "under way") {
		s.Move = &lease.Move{To: somebody.Draw(t, "to"), Kind: kinds.Draw(t, "of"), Began: s.Since, Cause: "before"}
	}
	if s.Move != nil && s.Move.To == s.Holder {
		s.Move = nil
	}
	return s
}
