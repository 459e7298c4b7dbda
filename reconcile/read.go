package reconcile

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// listFrom is how many items of a kind make one list cheaper than reading them one by one.
const listFrom = 16

// seen is an item as it was read back; body is nil where the peer does not have it.
type seen struct {
	body schema.Body
	err  error
}

// readBack looks at what became of each change of a wave, but for those that were refused.
func (run *peerRun) readBack(ctx context.Context, wave []plan.Change) []seen {
	all := make([]seen, len(wave))
	listed := run.list(ctx, slices.DeleteFunc(slices.Clone(wave), run.refused))
	var group errgroup.Group
	group.SetLimit(writers)
	for i, change := range wave {
		body, there := listed[change.Kind][change.ID]
		_, whole := listed[change.Kind]
		deleted := whole && change.Action == plan.Delete && run.worked[change.Key] == nil
		if there || deleted || run.refused(change) {
			all[i] = seen{body: body}
			continue
		}
		group.Go(func() error { // also what the list left out: it may have moved meanwhile
			all[i] = run.read(ctx, change.Key)
			return nil
		})
	}
	_ = group.Wait() // the errors are in all
	return all
}

func (run *peerRun) refused(c plan.Change) bool { return definite(run.worked[c.Key]) }

// read reads one item; of a peer that is lost it asks nothing.
func (run *peerRun) read(ctx context.Context, key schema.Key) seen {
	if run.lost() {
		return seen{err: errors.New("it stopped answering")}
	}
	body, err := run.provider.Read(ctx, key)
	run.heard(err)
	return seen{body, err}
}

// list reads the kinds of which much is written as a whole. A kind that cannot be listed is left out: its
// items are then read one by one.
func (run *peerRun) list(ctx context.Context, wave []plan.Change) map[string]map[string]schema.Body {
	count := map[string]int{}
	var kinds []string
	for _, change := range wave {
		if count[change.Kind]++; count[change.Kind] == listFrom {
			kinds = append(kinds, change.Kind)
		}
	}
	if len(kinds) == 0 || ctx.Err() != nil || run.lost() {
		return nil
	}
	observation, err := run.provider.Observe(context.WithoutCancel(ctx), kinds)
	run.heard(err)
	listed := map[string]map[string]schema.Body{}
	for _, kind := range kinds {
		if items, unlisted := plan.Listed(observation, kind); err == nil && unlisted == nil {
			listed[kind] = items
		}
	}
	return listed
}
