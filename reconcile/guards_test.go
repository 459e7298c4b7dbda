package reconcile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// shrinking is a world in which half of ten folders go, and one host comes and one changes.
func shrinking(t tester, serials ...string) *world {
	w := newWorld(t, serials...)
	w.guarded = true
	w.cluster.Guards.Deletes = "30%"
	const a, b, c, d, e = "folder/a", "folder/b", "folder/c", "folder/d", "folder/e"
	w.git(a, b, c, d, e, `host/x "port": 1`)
	w.apply()
	w.git(a, b, `host/x "port": 2`, `host/y "port": 3`)
	return w
}

// TestGuards: what is refused stays, on every peer, and all else is applied; an override is reported, with
// who gave it and why, and lets it go.
func TestGuards(t *testing.T) {
	w := shrinking(t, "1", "2")
	var held []string
	for _, serial := range []string{"1", "2"} {
		held = append(held, serial+" - folder/c: held", serial+" - folder/d: held", serial+" - folder/e: held",
			serial+" ~ host/x: applied", serial+" + host/y: applied")
	}
	report := w.apply()
	w.want(report, held...)
	want := []plan.Refusal{{Guard: plan.MaxDeletes, Peers: []string{"1", "2"}, N: 3, There: 6, Most: 2, Limit: "30%", Where: "guards.deletes"}}
	if d := cmp.Diff(want, report.Refusals); d != "" || report.Overrides != nil {
		t.Errorf("%v, -want +got:\n%s", report.Overrides, d)
	}
	given := Overrides{MaxDeletes: "3", Reason: "they left", By: "ada@here"}
	report, err := w.applyRound(t.Context(), w.planWith(PlanOptions{Overrides: given}))
	w.ok(err)
	if d := cmp.Diff(&given, report.Overrides); d != "" || len(report.Refusals) > 0 {
		t.Errorf("%v, -want +got:\n%s", report.Refusals, d)
	}
	w.settled()
}

// TestGuardsOfTheCluster count an item once: three peers that lose one each are no more than one that
// loses three, and a peer that is in sync counts.
func TestGuardsOfTheCluster(t *testing.T) {
	w := newWorld(t, "1", "2", "3", "4")
	w.guarded = true
	w.cluster.Guards.Deletes = 1
	w.git("folder/a", "folder/b", "folder/c")
	w.apply()
	drop := func(ids ...string) {
		for i, id := range ids {
			serial := w.cluster.Serials()[i]
			peer := w.cluster.Peers[serial]
			peer.Items = schema.Items{"folder": {id: nil}}
			w.cluster.Peers[serial] = peer
		}
	}
	drop("a", "b", "c")
	want := []plan.Refusal{{Guard: plan.MaxDeletes, N: 3, There: 3, Most: 1, Limit: "1", Where: "guards.deletes"}}
	if d := cmp.Diff(want, w.plan().Plan.Refusals); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	drop("a", "a", "a")
	w.want(w.apply(), "1 - folder/a: applied", "2 - folder/a: applied", "3 - folder/a: applied")
}

// TestGuardsCountPeersInSync: what is on a peer of which nothing changes is of the cluster all the same.
func TestGuardsCountPeersInSync(t *testing.T) {
	w := newWorld(t, "1", "2", "3")
	w.guarded = true
	w.cluster.Guards.Deletes = 1
	of := func(serial string, ids ...string) {
		peer, own := w.cluster.Peers[serial], map[string]schema.Body{}
		for _, id := range ids {
			own[id] = schema.Body{}
		}
		peer.Items = schema.Items{"folder": own}
		w.cluster.Peers[serial] = peer
	}
	w.git()
	of("1", "a", "b")
	of("2", "c", "d", "e")
	of("3", "f", "g")
	w.apply()
	of("1", "a")
	of("3", "f")
	want := []plan.Refusal{{Guard: plan.MaxDeletes, N: 2, There: 7, Most: 1, Limit: "1", Where: "guards.deletes"}}
	if d := cmp.Diff(want, w.plan().Plan.Refusals); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestProtected: what was protected when the cluster was last applied is so once more, whatever becomes of
// the words that protected it; and what is protected now, whatever was applied.
func TestProtected(t *testing.T) {
	key := schema.Selection{IDs: []string{"b*"}}
	before := &Target{Cluster: &schema.Cluster{Guards: schema.Guards{Protect: map[string]schema.Selection{"folder": key}}}, Revision: "r0"}
	for name, c := range map[string]struct {
		before *Target
		now    map[string]schema.Selection
		want   string
	}{
		"then":    {before, nil, "guards.protect.folder when r0 was applied"},
		"now":     {nil, before.Cluster.Guards.Protect, "guards.protect.folder"},
		"both":    {before, before.Cluster.Guards.Protect, "guards.protect.folder"},
		"another": {nil, map[string]schema.Selection{"folder": {IDs: []string{"c"}}, "host": {All: true}}, ""},
		"never":   {nil, nil, ""},
	} {
		w := newWorld(t, "1")
		w.git("folder/a", "folder/b1")
		w.apply()
		w.git("folder/a")
		w.cluster.Guards.Protect = c.now
		round := w.planWith(PlanOptions{Before: c.before, TakeOver: []string{"1"}, Overrides: Overrides{MaxDeletes: "100%"}})
		change := round.Plan.Peers[0].Changes[0]
		if held := c.want != ""; change.Held != held || held && change.Holds[0] != (plan.Hold{Why: plan.Protected, By: c.want}) {
			t.Errorf("%s: %+v", name, change.Holds)
		}
	}
}

// TestPrune: what is deleted of a class that Git does not name.
func TestPrune(t *testing.T) {
	for _, c := range []struct {
		prune map[string]string
		given []string
		want  []string
	}{
		{nil, nil, []string{"1 - folder/b: applied", "1 - job/b: applied"}},
		{map[string]string{"all": "none"}, nil, nil},
		{map[string]string{"all": "none", "jobs": "owned"}, nil, []string{"1 - job/b: applied"}},
		{map[string]string{"all": "owned", "folders": "all"}, nil, []string{"1 - folder/b: applied", "1 - folder/theirs: held", "1 - job/b: applied"}},
		{map[string]string{"folders": "all"}, []string{"1"}, []string{"1 - folder/b: applied", "1 - folder/theirs: applied", "1 - job/b: applied"}},
	} {
		w := newWorld(t, "1")
		w.git("folder/a", "folder/b", "job/a", "job/b")
		w.apply()
		w.cluster.Leave = map[string]schema.Selection{"folder": {IDs: []string{"left*"}}}
		w.there("1", "folder/theirs", "folder/left", "job/theirs")
		w.git("folder/a", "job/a")
		w.cluster.Guards.Prune = c.prune
		report, err := w.applyRound(t.Context(), w.planWith(PlanOptions{Overrides: Overrides{PruneForeign: c.given}}))
		w.ok(err)
		w.want(report, c.want...)
	}
}

// TestPruneForeignOnOnePeer is no consent on another.
func TestPruneForeignOnOnePeer(t *testing.T) {
	w := newWorld(t, "1", "2")
	w.cluster.Guards.Prune = map[string]string{"folders": "all"}
	w.git()
	w.there("1", "folder/theirs")
	w.there("2", "folder/theirs")
	report, err := w.applyRound(t.Context(), w.planWith(PlanOptions{Overrides: Overrides{PruneForeign: []string{"2"}}}))
	w.ok(err)
	w.want(report, "1 - folder/theirs: held", "2 - folder/theirs: applied")
}

// TestPruneForeignLooksAgain: what somebody changed after the plan was made is not deleted.
func TestPruneForeignLooksAgain(t *testing.T) {
	w := newWorld(t, "1")
	w.cluster.Guards.Prune = map[string]string{"all": "all"}
	w.git("folder/a")
	w.there("1", `folder/theirs "path": "/a"`)
	round := w.planWith(PlanOptions{Overrides: Overrides{PruneForeign: []string{"1"}}})
	w.there("1", `folder/theirs "path": "/b"`)
	report, err := w.applyRound(t.Context(), round)
	w.ok(err)
	w.want(report, "1 + folder/a: applied",
		"1 - folder/theirs: failed: delete folder/theirs: stale: it was changed on the peer after the plan was made; plan again")
}

// TestOverridesOfNothing are errors: whoever gives one means something else.
func TestOverridesOfNothing(t *testing.T) {
	for want, o := range map[string]Overrides{
		"--max-deletes many: want a number, or a share from 0% to 100%":                                             {MaxDeletes: "many"},
		"--max-updates 101%: want a number, or a share from 0% to 100%":                                             {MaxUpdates: "101%"},
		"--allow-empty 1009: there is no such peer; did you mean 1001?":                                             {AllowEmpty: []string{"1001", "1009"}},
		"--prune-foreign: there is no class of which guards.prune says all, so that nothing would be deleted by it": {PruneForeign: []string{"1001"}},
		"--prune-foreign 7: there is no such peer":                                                                  {PruneForeign: []string{"7"}},
	} {
		w := newWorld(t, "1001")
		if _, err := w.run.Plan(t.Context(), w.target(), w.store, PlanOptions{Overrides: o}); err == nil || err.Error() != want {
			t.Errorf("%+v: got %v, want %s", o, err, want)
		}
	}
}
