package assign

import (
	"fmt"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/schema"
)

// many is a cluster of so many peers, one in ten a backup and one in a hundred lost, and so many roles of every
// sort, a third of which share items out.
func many(peers, roles, items int) Input {
	c := &schema.Cluster{
		Peers: map[string]schema.Peer{}, Roles: map[string]schema.Role{}, Items: schema.Items{"job": {}},
		Provider: schema.Provider{Kinds: map[string]schema.Kind{"job": {
			Class: "c", Lever: &schema.Lever{Active: schema.Body{"on": true}, Standby: map[string]any{"on": false}},
		}}},
	}
	in := Input{Cluster: c, Health: map[string]Health{}, Now: noon()}
	for i := range peers {
		serial := fmt.Sprint(100000 + i)
		c.Peers[serial] = schema.Peer{
			Electable: true, Backup: i%10 == 0, Group: fmt.Sprint("g", i%50), Share: map[string]schema.Sharing{"c": schema.WithAll},
		}
		in.Health[serial] = Health{health.Live, noon()}
		if i%100 == 0 {
			in.Health[serial] = Health{health.Dead, noon()}
		}
	}
	for i := range items {
		c.Items["job"][fmt.Sprint("job-", i)] = schema.Body{"cron": "1 * * * *"}
	}
	for i := range roles {
		c.Roles[fmt.Sprint("role-", i)] = schema.Role{
			Holders: []schema.Holders{{Count: 1}, {Count: 3}, {Named: "productions"}, {Named: "all"}}[i%4],
			Seats:   [][]string{nil, {"master", "pool"}}[i%2], Failback: i%3 == 0, Failover: true, First: "rank",
			Backups: "each", Within: []string{"cluster", "group"}[i%2], Wait: "0s", Settle: "10m", Work: "drain",
			Runs: map[string]schema.Selection{"job": {All: true}}, Spread: i%3 == 1,
		}
	}
	return in
}

// BenchmarkAssign decides once more when all is settled.
func BenchmarkAssign(b *testing.B) {
	for _, size := range []struct{ peers, roles, items int }{{1250, 100, 200}, {2500, 100, 200}, {5000, 100, 200}, {5000, 50, 200}, {5000, 3, 200}} {
		b.Run(fmt.Sprintf("%dx%d", size.peers, size.roles), func(b *testing.B) {
			in := many(size.peers, size.roles, size.items)
			d := Assign(in)
			in.Previous, in.Deal = carryOut(in, d), deals(d)
			b.ReportAllocs()
			for b.Loop() {
				Assign(in)
			}
		})
	}
}

// BenchmarkOverlay sets the levers of one peer of many.
func BenchmarkOverlay(b *testing.B) {
	in := many(500, 20, 1000)
	d := Assign(in)
	holders := map[schema.Place]string{}
	for place, seating := range carryOut(in, d) {
		holders[place] = seating.Holder
	}
	in.Previous = carryOut(in, d)
	holds := NewHolds(holders, deals(Assign(in)))
	desired := in.Cluster.Desired("100001")
	b.ReportAllocs()
	for b.Loop() {
		Overlay(in.Cluster, holds, "100001", desired)
	}
}
