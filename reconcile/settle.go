package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// settle reads back what a wave wrote and says what became of it: an answer of success proves nothing,
// and after a lost answer only the peer knows.
func (run *peerRun) settle(ctx context.Context, wave []plan.Change) error {
	wave = slices.DeleteFunc(slices.Clone(wave), func(c plan.Change) bool {
		_, tried := run.worked[c.Key]
		return !tried
	})
	seen := run.readBack(ctx, wave)
	records := map[schema.Key]plan.Record{}
	var forget []schema.Key
	for i, change := range wave {
		result := run.result(change, seen[i])
		run.byKey[change.Key] = result
		run.tell(Event{Peer: run.plan.Serial, Phase: Applying, Done: run.tried, Total: run.total, Result: &result})
		if result.Status != Applied && (change.Action == plan.Delete || !run.taken(change, seen[i])) {
			continue
		}
		if record, ours := run.becomes(change, seen[i].body); ours {
			records[change.Key] = record
		} else {
			forget = append(forget, change.Key)
		}
	}
	return run.store.Remember(run.target.Cluster.Name, run.plan.Serial, records, forget)
}

// becomes is what is remembered of an item once its change is made; an item that is not ours then has
// nothing that is. What was rolled back is as it was, and so is what is remembered of it.
func (run *peerRun) becomes(change plan.Change, now schema.Body) (plan.Record, bool) {
	var shown map[string]string
	if now != nil { // it has been read back
		shown = run.shownAfter(change, now)
	}
	if run.after == nil {
		return plan.Record{Body: change.Body, Revision: run.target.Revision, Shown: shown}, change.Action != plan.Delete
	}
	record := run.after[change.Key]
	if record == nil {
		return plan.Record{}, false
	}
	return plan.Record{Body: record.Body, Revision: record.Revision, Shown: shown}, true
}

// taken tells whether the peer took what it was sent, and made something else of it. Then the item is
// ours all the same: what differs is drift, and neither a conflict nor a stranger's.
func (run *peerRun) taken(change plan.Change, now seen) bool {
	return run.worked[change.Key] == nil && now.err == nil && now.body != nil
}

// result decides from what was read back. Where the write failed and the peer has what was wanted all
// the same, its answer was lost; only a secret, which does not show, is then in doubt.
func (run *peerRun) result(change plan.Change, now seen) Result {
	wrote := run.worked[change.Key]
	err := wrote
	switch {
	case definite(wrote):
	case now.err != nil:
		err = errors.Join(wrote, fmt.Errorf("read back: %w", now.err))
	case change.Action == plan.Delete:
		err = undeleted(wrote, now)
	case now.body == nil:
		err = firstError(wrote, errors.New("the peer accepted it, but does not have it"))
	default:
		err = run.unlike(change, now.body, wrote)
	}
	if err != nil {
		return Result{Change: change, Status: Failed, Error: err.Error()}
	}
	return Result{Change: change, Status: Applied}
}

// definite tells a refusal from a failure that leaves open whether the change was made.
func definite(err error) bool {
	cause := schema.CauseOf(err)
	return err != nil && cause != schema.Unreachable && cause != schema.Garbled
}

func undeleted(wrote error, now seen) error {
	if now.body == nil {
		return nil
	}
	return firstError(wrote, errors.New("the peer accepted it, but still has it"))
}

func (run *peerRun) unlike(change plan.Change, now schema.Body, wrote error) error {
	fields := plan.Plain(run.kind(change.Key), plan.Fields(run.kind(change.Key), change.Body, now))
	if len(fields) > 0 {
		names := make([]string, len(fields))
		for i, field := range fields {
			names[i] = schema.JoinPath(field.Path)
		}
		return firstError(wrote, fmt.Errorf("the peer accepted it, but has another %s", strings.Join(names, ", ")))
	}
	if slices.ContainsFunc(run.kind(change.Key).Secrets, func(pointer string) bool {
		_, has := schema.Lookup(map[string]any(change.Body), pointer)
		return has
	}) {
		return wrote
	}
	return nil
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
