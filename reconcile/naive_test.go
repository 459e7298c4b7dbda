package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// TestOneFailureStopsOnlyItsDependants compares what was attempted, in any small world with any failures,
// with a naive look at who refers to whom.
func TestOneFailureStopsOnlyItsDependants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, "1")
		w.git(lines(t)...)
		w.apply()
		w.git(lines(t)...)
		round := w.plan()
		s := w.servers["1"]
		n := naive{fails: rapid.SliceOfDistinct(rapid.SampledFrom(allKeys()), func(k string) string { return k }).Draw(t, "failing")}
		n.before, n.kinds, n.changes = maps.Clone(s.items), s.kinds, map[schema.Key]plan.Change{}
		for _, c := range round.Plan.Peers[0].Changes {
			n.changes[c.Key] = c
		}
		s.fault = failing(n.fails...)
		report, err := w.applyRound(t.Context(), round)
		w.ok(err)
		want, got := map[string]Status{}, map[string]Status{}
		for _, r := range report.Peers[0].Results {
			want[r.Change.String()], got[r.Change.String()] = n.status(r.Change.Key), r.Status
			if r.Status == NotAttempted && r.Error == "" {
				t.Fatalf("%s was not attempted, and nobody says why", r.Change)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("failing %v: -naive +report:\n%s", n.fails, d)
		}
		s.fault = nil
		w.apply()
		w.apply() // what was held for what failed
		w.settled()
	})
}

func allKeys() []string {
	var all []string
	for _, kind := range []string{"folder", "host", "job"} {
		all = append(all, many(kind+"/%d", 3)...)
	}
	return all
}

// lines are items that refer only to items that are among them.
func lines(t *rapid.T) []string {
	var all []string
	pick := func(kind string) []string {
		ids := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"0", "1", "2"}), func(id string) string { return id }).Draw(t, kind)
		slices.Sort(ids)
		return ids
	}
	folders := pick("folder")
	for _, id := range folders {
		all = append(all, fmt.Sprintf(`folder/%s "path": "/%d"`, id, rapid.IntRange(0, 1).Draw(t, "path")))
	}
	hosts := pick("host")
	for _, id := range hosts {
		line := `host/` + id + ` "inbox": null`
		if len(folders) > 0 && rapid.Bool().Draw(t, "inbox?") {
			line = fmt.Sprintf(`host/%s "inbox": %q`, id, rapid.SampledFrom(folders).Draw(t, "inbox"))
		}
		all = append(all, line)
	}
	for _, id := range pick("job") {
		line := `job/` + id + ` "hosts": []`
		if len(hosts) > 0 && rapid.Bool().Draw(t, "hosts?") {
			line = fmt.Sprintf(`job/%s "hosts": [%q]`, id, rapid.SampledFrom(hosts).Draw(t, "host"))
		}
		all = append(all, line)
	}
	return all
}

// naive says what must become of a change, looking through everything each time.
type naive struct {
	before  map[schema.Key]schema.Body
	kinds   map[string]schema.Kind
	changes map[schema.Key]plan.Change
	fails   []string
}

func (n naive) status(key schema.Key) Status {
	c := n.changes[key]
	switch {
	case c.Held:
		return Held
	case n.stopped(c):
		return NotAttempted
	case slices.Contains(n.fails, key.String()):
		return Failed
	default:
		return Applied
	}
}

func (n naive) stopped(c plan.Change) bool {
	if c.Action != plan.Delete {
		return slices.ContainsFunc(n.kinds[c.Kind].References(c.Body), func(key schema.Key) bool {
			made, planned := n.changes[key]
			return planned && made.Action == plan.Create && n.status(key) != Applied
		})
	}
	for key, body := range n.before {
		if slices.Contains(n.kinds[key.Kind].References(body), c.Key) && n.status(key) != Applied {
			return true
		}
	}
	return false
}
