package providertest

import (
	"context"
	"maps"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// writers are as many as the reconciler has at one peer.
const writers = 16

// write carries out a change of each item past every reconciler, in the order of the kinds and many at a
// time, and keeps book of what must be there. Items that are always there can only be updated.
func (s *story) write(t testing.TB, action plan.Action, items schema.Items) {
	t.Helper()
	var changes []plan.Change
	for key, body := range each(s.seal(items)) {
		switch {
		case !s.permanent(key):
			changes = append(changes, plan.Change{Key: key, Action: action, Body: body})
		case action != plan.Delete:
			changes = append(changes, plan.Change{Key: key, Action: plan.Update, Body: body})
		}
	}
	waves, err := plan.Waves(s.provider, changes)
	if err != nil {
		t.Fatal(err)
	}
	for _, wave := range waves {
		var group errgroup.Group
		group.SetLimit(writers)
		for _, change := range wave {
			group.Go(func() error { return s.change(t.Context(), change) })
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		for _, change := range wave {
			s.note(change)
		}
	}
}

// change reads what it replaces, as the reconciler does.
func (s *story) change(ctx context.Context, change plan.Change) error {
	if change.Action == plan.Create {
		return s.client.Write(ctx, change, nil)
	}
	observed, err := s.client.Read(ctx, change.Key)
	if err != nil {
		return err
	}
	return s.client.Write(ctx, change, observed)
}

// permanent tells whether an item can be neither made nor deleted.
func (s *story) permanent(key schema.Key) bool { return s.provider.Kinds[key.Kind].Permanent }

// note remembers what is there after a change: the authored fields over those that were there before.
func (s *story) note(change plan.Change) {
	bodies := s.there[change.Kind]
	if change.Action == plan.Delete {
		s.there[change.Kind] = maps.Clone(bodies)
		delete(s.there[change.Kind], change.ID)
		return
	}
	before := map[string]any(bodies[change.ID])
	for _, pointer := range s.provider.Kinds[change.Kind].Atomic {
		if _, authored := schema.Lookup(map[string]any(change.Body), pointer); authored {
			before = schema.Remove(before, pointer)
		}
	}
	s.there[change.Kind] = with(bodies, change.ID, schema.Merge(before, change.Body))
}

func with(bodies map[string]schema.Body, id string, body schema.Body) map[string]schema.Body {
	bodies = maps.Clone(bodies)
	if bodies == nil {
		bodies = map[string]schema.Body{}
	}
	bodies[id] = body
	return bodies
}
