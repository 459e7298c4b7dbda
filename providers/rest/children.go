package rest

import (
	"context"
	"maps"
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/gitops-reconciler/reconciler/schema"
)

// collected are items that several requests bring in.
type collected struct {
	mu    sync.Mutex
	items map[string]schema.Body
}

func (c *collected) put(id string, body schema.Body) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items[id] = body
}

// listChildren lists the items of every parent.
func (c *Client) listChildren(ctx context.Context, op string, k kind) (map[string]schema.Body, error) {
	parents, err := c.list(ctx, k.ForEach)
	if err != nil {
		return nil, err
	}
	all := collected{items: map[string]schema.Body{}}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.atOnce())
	for parent, item := range parents {
		group.Go(func() error {
			items, err := c.listAt(ctx, op, &place{client: c, kind: k, parent: parent, parentItem: item})
			for id, body := range items {
				all.put(id, body)
			}
			return err
		})
	}
	return all.items, group.Wait()
}

// details reads each item of a list that shows less of them. One that is gone by then was deleted.
func (c *Client) details(ctx context.Context, k kind, items map[string]schema.Body) (map[string]schema.Body, error) {
	all := collected{items: make(map[string]schema.Body, len(items))}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.atOnce())
	for id, body := range items {
		group.Go(func() error {
			body, err := c.readWhere(ctx, schema.Key{Kind: k.name, ID: id}, body)
			if body != nil {
				all.put(id, body)
			}
			return err
		})
	}
	return all.items, group.Wait()
}

// atOnce keeps requests from queueing up by the thousand: more than this many are not sent anyway.
func (c *Client) atOnce() int { return max(c.definition.api.InFlight, 1) }

// listSecrets takes from a second list the secrets that the first does not show. A peer that does not let
// us see it is compared with what was last written, as where there is no such list.
func (c *Client) listSecrets(ctx context.Context, op string, k kind, items map[string]schema.Body) error {
	s := k.List.Secrets
	t := taker{at: s.Items, each: func(label string, element any) error {
		id, err := k.identify("", label, element)
		if err != nil {
			return unusable{err}
		}
		if body, there := items[id]; there {
			k.show(body, element)
		}
		return nil
	}}
	query, err := (&place{kind: k}).query(ctx, s.Query)
	if err != nil {
		return failure(op, schema.Rejected, err)
	}
	_, err = c.do(ctx, request{op: op, method: http.MethodGet, path: s.Path, query: query, take: t.take})
	if schema.CauseOf(err) == schema.Unauthorised {
		return nil
	}
	if err == nil && !t.there {
		err = failure(op, schema.Garbled, t.absent())
	}
	return err
}

// show puts the secrets of an element into the body of the same item.
func (k kind) show(body schema.Body, element any) {
	for _, at := range k.exact {
		value, _ := at.at(element)
		text, ok := value.(string)
		if ok && text != "" {
			nested := at.nest(schema.NewSecret(text, nil))
			maps.Copy(body, schema.Merge(body, nested))
		}
	}
}
