package providertest

import (
	"encoding/json"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// stale: somebody changes an item while people read the plan. It is left as they made it, all else is
// done, the next plan holds what Git changed as well, and with consent Git wins, but for what nobody wrote here.
func (s *story) stale(t testing.TB) {
	o, edits := s.operator(t), s.collisions(t)
	o.brings(t, s.created)
	_, foreign := s.split()
	s.write(t, plan.Create, foreign)
	round := o.plan(t, s.edited())
	s.write(t, plan.Update, edits)
	for key, result := range o.apply(t.Context(), t, round) {
		want := reconcile.Applied
		if _, theirs := edits[key.Kind][key.ID]; theirs {
			want = reconcile.Failed
		} else {
			s.note(plan.Change{Key: key, Action: plan.Update, Body: s.seal(s.edited())[key.Kind][key.ID]})
		}
		if result.Status != want {
			t.Errorf("after somebody else's edit: %s is %s: %s, want it to be %s", key, result.Status, because(result), want)
		}
	}
	s.holds(t, s.client)
	for _, change := range o.plan(t, s.edited()).Plan.Peers[0].Changes {
		if _, theirs := edits[change.Kind][change.ID]; !theirs || change.Held != (change.Reason == plan.Conflict) {
			t.Errorf("after somebody else's edit: %s, held: %t", change, change.Held)
		}
	}
	o.consents.TakeOver = []string{serial}
	o.brings(t, s.edited())
	s.clear(t)
	o.brings(t, nil)
}

// collisions are items of theirs that differ, in what changed writes, from what we had and from what we want.
func (s *story) collisions(t testing.TB) schema.Items {
	t.Helper()
	edits := schema.Items{}
	for key, body := range each(s.theirs) {
		kind, changed := s.provider.Kinds[key.Kind], s.changed[key.Kind][key.ID]
		created := s.created[key.Kind][key.ID]
		edit := plan.Fields(kind, changed, created)
		same := plan.Fresh(kind, plan.Change{Action: plan.Update, Body: changed, Fields: edit}, schema.Merge(created, body))
		if len(edit) > 0 && !same {
			edits[key.Kind] = with(edits[key.Kind], key.ID, body)
		}
	}
	if len(edits) == 0 {
		t.Fatal("cases.cue: theirs needs an item that is in changed too, with another value of a field that changed has")
	}
	return s.mutable(s.withoutSecrets(edits))
}

// etag: where the server tells states of an item apart, a change between our look and our write is seen too.
func (s *story) etag(t testing.TB) {
	var api struct {
		ETag bool `json:"etag"`
	}
	if err := json.Unmarshal(s.provider.API, &api); err != nil || !api.ETag {
		return // the definition does not say that it has any
	}
	o, edits := s.operator(t), s.collisions(t)
	o.brings(t, s.created)
	_, foreign := s.split()
	s.write(t, plan.Create, foreign)
	round := o.plan(t, s.edited())
	var once sync.Once
	o.spy.before = func(c call, _ int) error {
		if _, theirs := edits[c.key.Kind][c.key.ID]; c.op == "update" && theirs {
			once.Do(func() { s.write(t, plan.Update, edits) })
		}
		return nil
	}
	for key, result := range o.apply(t.Context(), t, round) {
		if _, theirs := edits[key.Kind][key.ID]; theirs && result.Status != reconcile.Failed {
			t.Errorf("changed between look and write: %s is %s, want it to be %s", key, result.Status, reconcile.Failed)
		} else if !theirs {
			s.note(plan.Change{Key: key, Action: plan.Update, Body: s.seal(s.edited())[key.Kind][key.ID]})
		}
	}
	s.holds(t, s.client)
	o.spy.reset()
	o.consents.TakeOver = []string{serial}
	o.brings(t, s.edited())
	s.clear(t)
	o.brings(t, nil)
}

// twoWriters: two reconcilers, each with a state of its own, want different things at the same time. Each
// item is what one of them wants, and whole; then the two that want the same come to rest.
func (s *story) twoWriters(t testing.TB) {
	one, other := s.operator(t), s.operator(t)
	s.either(t, s.together(t, map[*operator]schema.Items{one: s.created, other: s.edited()}))
	for _, o := range []*operator{one, other} {
		o.consents.TakeOver = []string{serial}
		o.note(s.created, nil)
		o.applies(t, s.created)
	}
	s.together(t, map[*operator]schema.Items{one: s.edited(), other: s.edited()})
	for _, o := range []*operator{one, other, one} {
		o.applies(t, s.edited())
		o.rests(t, s.edited())
	}
	s.there = schema.Items{} // what one of them no longer names, the other may never have written
	o := s.operator(t)
	o.consents.TakeOver = []string{serial} // it knows no secret of theirs
	o.brings(t, s.edited())
	o.brings(t, nil)
}

// either wants each item to be as created or changed has it, or not to be there, if nobody says that it is.
func (s *story) either(t testing.TB, applied map[schema.Key]bool) {
	t.Helper()
	observation, err := s.client.Observe(t.Context(), s.kinds())
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := s.seal(s.created), s.seal(s.edited())
	for key := range each(s.created) {
		kind, there := s.provider.Kinds[key.Kind], observation.Kinds[key.Kind].Items[key.ID]
		differs := func(items schema.Items) bool {
			return len(plan.Plain(kind, plan.Fields(kind, items[key.Kind][key.ID], there))) > 0
		}
		if there == nil && applied[key] || there != nil && differs(mine) && differs(theirs) {
			t.Errorf("two writers: %s is what neither wants: %v", key, there)
		}
	}
}

// together has each operator plan, and then all apply at once. It returns the items of which at least one says
// that they are as it wants them.
func (s *story) together(t testing.TB, wants map[*operator]schema.Items) map[schema.Key]bool {
	t.Helper()
	rounds := map[*operator]*reconcile.Round{}
	for o, items := range wants {
		o.spy.reset()
		rounds[o] = o.plan(t, items)
	}
	var mu sync.Mutex
	applied := map[schema.Key]bool{}
	var group errgroup.Group
	for o, round := range rounds {
		group.Go(func() error {
			report, err := o.reconciler().Apply(t.Context(), round, o.ledger)
			mu.Lock()
			defer mu.Unlock()
			for _, result := range report.Peers[0].Results {
				applied[result.Change.Key] = applied[result.Change.Key] || result.Status == reconcile.Applied
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	return applied
}
