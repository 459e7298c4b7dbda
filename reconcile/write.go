package reconcile

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// write looks first at what it is about to write: somebody may have changed it since the plan was made,
// and a list that moved while it was read may have left it out.
func (run *peerRun) write(ctx context.Context, change plan.Change) error {
	observed, err := run.look(ctx, change)
	switch {
	case err != nil:
		return err
	case observed == nil && change.Action == plan.Delete:
		return nil
	case observed == nil && change.Action == plan.Create:
		return run.provider.Write(ctx, change, nil)
	case observed == nil, change.Action == plan.Create, !plan.Fresh(run.kind(change.Key), change, observed):
		return &schema.Failure{
			Op: string(change.Action) + " " + change.Key.String(), Cause: schema.Stale,
			Err: errors.New("it was changed on the peer after the plan was made; plan again"),
		}
	}
	if change.Action == plan.Replace {
		return run.replace(ctx, change, observed)
	}
	return run.provider.Write(ctx, change, observed)
}

// look returns the item as it is now, nil if it is not there.
func (run *peerRun) look(ctx context.Context, change plan.Change) (schema.Body, error) {
	if there, ok := run.listed[change.Kind]; ok && change.Action == plan.Create {
		return there[change.ID], nil
	}
	return run.provider.Read(ctx, change.Key)
}

// listCreated lists once more the kinds of which many items are to be created, instead of looking for
// each of them.
func (run *peerRun) listCreated(ctx context.Context, wave []plan.Change) map[string]map[string]schema.Body {
	return run.list(ctx, slices.DeleteFunc(slices.Clone(wave), func(c plan.Change) bool { return c.Action != plan.Create }))
}

// forgettable returns the items of which the record is to go. Absence counts only after a 404 on the item
// itself: one that the list left out stays on record, to be deleted when it is seen.
func (run *peerRun) forgettable(ctx context.Context) []schema.Key {
	managed := run.target.Cluster.Shared(run.plan.Serial)
	absent := make([]bool, len(run.plan.Forget))
	var group errgroup.Group
	group.SetLimit(writers)
	for i, key := range run.plan.Forget {
		if _, ours := managed[key.Kind]; !ours || run.target.Cluster.Leaves(run.plan.Serial, key) {
			absent[i] = true // the peer's own affair from now on
			continue
		}
		group.Go(func() error {
			absent[i] = run.absent(ctx, key)
			return nil
		})
	}
	_ = group.Wait() // it has no errors: what cannot be read may be there
	var keys []schema.Key
	for i, key := range run.plan.Forget {
		if absent[i] {
			keys = append(keys, key)
		}
	}
	return keys
}

func (run *peerRun) absent(ctx context.Context, key schema.Key) bool {
	if ctx.Err() != nil {
		return false
	}
	now := run.read(context.WithoutCancel(ctx), key)
	return now.err == nil && now.body == nil
}
