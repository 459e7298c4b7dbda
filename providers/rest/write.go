package rest

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Write carries out a change. observed is the item as it was just read: where the server replaces whole
// items and the definition says so, the fields that nobody wrote are taken from it. An item that is to
// be deleted and is not there is no error. Where the server has entity tags, one that was changed after
// observed was read is a failure, schema.Stale. Where the change takes its time on the server, Write waits
// for it.
func (c *Client) Write(ctx context.Context, change plan.Change, observed schema.Body) error {
	op := string(change.Action) + " " + change.Key.String()
	p, err := c.place(op, change.Key, observed)
	if err != nil {
		return err
	}
	s := p.kind.call(change.Action)
	if s.Path == "" {
		return failure(op, schema.Rejected, fmt.Errorf("%s does not let anybody %s an item of this kind", c.definition.provider.Name, change.Action))
	}
	r := request{op: op, method: s.Method, creates: change.Action == plan.Create, writes: true, body: p.body(s, change, observed), terms: s.terms}
	if r.path, err = p.path(ctx, s.Path); err == nil {
		r.query, err = p.query(ctx, s.Query)
	}
	if err != nil {
		return failure(op, schema.Rejected, err)
	}
	r.match = c.tags.take(change.Key, observed)
	// Sent twice, a create would be refused for what the first one made.
	r.once = r.creates || r.method == http.MethodPost
	a, err := c.do(ctx, r)
	if change.Action == plan.Delete && a.gone {
		return nil
	}
	if err == nil {
		err = c.settle(ctx, p, change)
	}
	return err
}

func (k kind) call(action plan.Action) send {
	switch action {
	case plan.Create:
		return k.Create
	case plan.Update:
		return k.Update
	default:
		if k.Delete.Method == "" {
			k.Delete.Method = http.MethodDelete
		}
		return k.Delete
	}
}
