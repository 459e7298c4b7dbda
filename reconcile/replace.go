package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// replace deletes an item, sees that it is gone, and makes it anew. Wherever it is cut short, the item is
// the old one, the new one, or missing; then the next run makes it, and needs no consent for that.
func (run *peerRun) replace(ctx context.Context, change plan.Change, observed schema.Body) error {
	step := change
	step.Action = plan.Delete
	if err := run.provider.Write(ctx, step, observed); err != nil {
		return err
	}
	left, err := run.provider.Read(ctx, change.Key)
	if err != nil {
		return fmt.Errorf("read back what was deleted to be made anew: %w", err)
	}
	if left != nil {
		return &schema.Failure{
			Op: "replace " + change.Key.String(), Cause: schema.Rejected,
			Err: errors.New("the peer accepted the deletion, but still has it"),
		}
	}
	step.Action = plan.Create
	if err := run.provider.Write(ctx, step, nil); err != nil {
		return fmt.Errorf("it was deleted to be made anew, and could not be; apply again makes it: %w", err)
	}
	return nil
}
