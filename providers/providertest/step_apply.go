package providertest

import (
	"maps"
	"slices"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// apply: all is made, edited, and deleted, and after each an apply has nothing to do.
func (s *story) apply(t testing.TB) {
	o := s.operator(t)
	o.brings(t, s.created)
	o.brings(t, s.edited())
	o.brings(t, nil)
}

// transitions: from each state of the items to each other one, and back.
func (s *story) transitions(t testing.TB) {
	o, all := s.operator(t), s.all()
	o.brings(t, s.created)
	for _, from := range slices.Sorted(maps.Keys(all)) {
		for _, to := range slices.Sorted(maps.Keys(all)) {
			if from != to {
				o.brings(t, all[from])
				o.brings(t, all[to])
			}
		}
	}
	o.brings(t, nil)
}

// all are the states, each with all items.
func (s *story) all() map[string]schema.Items {
	all := map[string]schema.Items{"created": s.created, "changed": s.edited()}
	for name, items := range s.states {
		all["state "+name] = over(s.created, items)
	}
	return all
}

// lever: a role switches items on, off, and on again, and writes nothing else.
func (s *story) lever(t testing.TB) {
	active, standby := s.switched(true), s.switched(false)
	if active == nil {
		return
	}
	o := s.operator(t)
	for _, items := range []schema.Items{active, standby, active, standby} {
		o.brings(t, items)
	}
	round := o.plan(t, active)
	for _, change := range round.Plan.Peers[0].Changes {
		if s.provider.Kinds[change.Kind].Lever == nil {
			t.Errorf("switched on: %s, which has no lever", change)
		}
	}
	if len(round.Plan.Peers[0].Changes) == 0 {
		t.Error("switched on: nothing is to change")
	}
	o.brings(t, active)
	o.brings(t, nil)
}

// switched are all items as they are where a role is held, or elsewhere; nil: no kind has a lever.
func (s *story) switched(on bool) schema.Items {
	items, any := s.created, false
	for key, body := range each(s.created) {
		lever := s.provider.Kinds[key.Kind].Lever
		if lever == nil {
			continue
		}
		any = true
		body, there := under(*lever, body, on)
		if items = without(items, key); there {
			items[key.Kind] = with(items[key.Kind], key.ID, body)
		}
	}
	if !any {
		return nil
	}
	return items
}

// under is a body as a lever makes it, and whether there is to be any.
func under(lever schema.Lever, body schema.Body, on bool) (schema.Body, bool) {
	if on {
		return schema.Merge(body, lever.Active), true
	}
	standby, there := lever.Standby.(map[string]any)
	return schema.Merge(body, standby), there
}

// drift: what somebody changed is put back, what they deleted is made again, and what they made stays.
func (s *story) drift(t testing.TB) {
	o := s.operator(t)
	o.brings(t, s.created)
	_, foreign := s.split()
	s.write(t, plan.Create, foreign)
	s.write(t, plan.Update, s.withoutSecrets(s.mutable(s.changed)))
	deleted := s.unused()
	s.write(t, plan.Delete, deleted)
	want := map[schema.Key]plan.Reason{}
	for key, body := range each(s.seal(s.created)) {
		if kind := s.provider.Kinds[key.Kind]; len(plan.Fields(kind, body, s.there[key.Kind][key.ID])) > 0 {
			want[key] = plan.Drift
		}
	}
	for key := range each(deleted) {
		want[key] = plan.Missing
	}
	for _, change := range o.plan(t, s.created).Plan.Peers[0].Changes {
		if change.Reason != want[change.Key] || change.Held {
			t.Errorf("after drift: %s, want %q", change, want[change.Key])
		}
		delete(want, change.Key)
	}
	for _, key := range sorted(want) {
		t.Errorf("after drift: nothing is planned for %s, which is %s", key, want[key])
	}
	o.brings(t, s.created)
	s.clear(t)
	o.brings(t, nil)
}

// unused is an item of each kind that nothing refers to: it can be deleted past us.
func (s *story) unused() schema.Items {
	unused := schema.Items{}
	for kind, bodies := range s.created {
		for _, id := range slices.Sorted(maps.Keys(bodies)) {
			at := schema.Key{Kind: kind, ID: id}
			if !s.permanent(at) && s.changed[kind][id] == nil && len(s.users(over(s.there, s.changed), at)) == 0 {
				unused[kind] = map[string]schema.Body{id: bodies[id]}
				break
			}
		}
	}
	return unused
}

func (s *story) withoutSecrets(items schema.Items) schema.Items {
	left := schema.Items{}
	for key, body := range each(items) {
		for _, pointer := range s.provider.Kinds[key.Kind].Secrets {
			body = schema.Remove(body, pointer)
		}
		left[key.Kind] = with(left[key.Kind], key.ID, body)
	}
	return left
}

// clear takes away what others made, and all that is left.
func (s *story) clear(t testing.TB) {
	t.Helper()
	s.write(t, plan.Delete, over(s.there, nil))
	s.holds(t, s.client)
}

// unmanaged: fields that nobody wrote here stay as somebody else made them, through every update, also
// where they change between our plan and our write.
func (s *story) unmanaged(t testing.TB) {
	edits := s.additions()
	if len(edits) == 0 {
		t.Fatal("cases.cue: theirs needs a field, of an item in changed, that neither created nor changed has")
	}
	o := s.operator(t)
	o.brings(t, s.created)
	_, foreign := s.split()
	s.write(t, plan.Create, foreign) // what they add may refer to theirs
	round := o.plan(t, s.edited())
	s.write(t, plan.Update, edits)
	for key, result := range o.apply(t.Context(), t, round) {
		if result.Status != reconcile.Applied {
			t.Errorf("%s: %s: %s", key, result.Status, because(result))
		}
	}
	o.brings(t, s.edited())
	o.brings(t, s.created)
	s.clear(t)
	o.brings(t, nil)
}

// additions are the fields of theirs that neither created nor changed has, of items that are to change.
func (s *story) additions() schema.Items {
	added := schema.Items{}
	for key, body := range each(s.theirs) {
		if s.changed[key.Kind][key.ID] == nil {
			continue
		}
		extra := schema.Body{}
		for field, value := range body {
			_, created := s.created[key.Kind][key.ID][field]
			_, changed := s.changed[key.Kind][key.ID][field]
			if !created && !changed {
				extra[field] = value
			}
		}
		if len(extra) > 0 {
			added[key.Kind] = with(added[key.Kind], key.ID, extra)
		}
	}
	return added
}
