package rest

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Write carries out a change. observed is the item as it was just read: where the server replaces whole
// items and the definition says so, the fields that nobody wrote are taken from it. An item that is to
// be deleted and is not there is no error. Where the server has entity tags, one that was changed after
// observed was read is a failure, schema.Stale.
func (c *Client) Write(ctx context.Context, change plan.Change, observed schema.Body) error {
	r := request{op: string(change.Action) + " " + change.Key.String()}
	k, err := c.definition.at(r.op, change.Key)
	if err != nil {
		return err
	}
	switch change.Action {
	case plan.Create:
		r.method, r.path, r.terms = k.Create.Method, k.Create.Path, k.Create.terms
		r.body = k.withKey(change.ID, change.Body)
		r.creates = true
	case plan.Update:
		r.method, r.path, r.terms = k.Update.Method, k.Update.Path, k.Update.terms
		body := map[string]any(change.Body)
		if k.Update.Base == "observed" {
			body = c.onto(change, observed)
		}
		r.body = k.withKey(change.ID, body)
	case plan.Delete:
		r.method, r.path, r.terms = http.MethodDelete, k.Delete.Path, k.Delete.terms
	case plan.Replace:
		return fmt.Errorf("%s: a replacement is written as a delete and a create", r.op)
	}
	r.path = expand(r.path, change.ID)
	r.match = c.tags.take(change.Key, observed)
	// Sent twice, a create would be refused for what the first one made.
	r.once = r.creates || r.method == http.MethodPost
	a, err := c.do(ctx, r)
	if change.Action == plan.Delete && a.gone {
		return nil
	}
	return err
}

// withKey puts the id into a body that carries it.
func (k kind) withKey(id string, body map[string]any) map[string]any {
	if k.Body != "" {
		return body
	}
	keyed := any(id)
	for _, step := range slices.Backward(schema.SplitPointer(k.Key)) {
		keyed = map[string]any{step: keyed}
	}
	return schema.Merge(body, keyed.(map[string]any))
}

// onto merges the authored fields over the observed item. What is compared whole is replaced whole.
func (c *Client) onto(change plan.Change, observed schema.Body) map[string]any {
	base := map[string]any(observed)
	for _, pointer := range c.definition.provider.Kinds[change.Kind].Atomic {
		if _, authored := schema.Lookup(map[string]any(change.Body), pointer); authored {
			base = schema.Remove(base, pointer)
		}
	}
	return schema.Merge(base, change.Body)
}
