package rest

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Observe lists the kinds, all at once, and asks the peer who it is.
func (c *Client) Observe(ctx context.Context, kinds []string) (schema.Observation, error) {
	o := schema.Observation{Kinds: make(map[string]schema.Listing, len(kinds))}
	// Who it is comes first: a peer that does not answer costs one timeout, not one for each kind.
	if err := c.identify(ctx, &o); err != nil {
		return schema.Observation{}, err
	}
	var mu sync.Mutex
	var group errgroup.Group
	for _, name := range kinds {
		group.Go(func() error {
			items, err := c.list(ctx, name)
			mu.Lock()
			defer mu.Unlock()
			o.Kinds[name] = schema.Listing{Items: items, Err: err}
			return nil
		})
	}
	return o, group.Wait()
}

// Instance returns which installation the peer is; "" if its product does not say.
func (c *Client) Instance(ctx context.Context) (string, error) {
	var o schema.Observation
	err := c.identify(ctx, &o)
	return o.Instance, err
}

func (c *Client) identify(ctx context.Context, o *schema.Observation) error {
	identity := c.definition.api.Identity
	if identity == nil {
		return nil
	}
	const op = "ask who it is"
	a, err := c.do(ctx, request{op: op, method: http.MethodGet, path: identity.Path})
	if a.status == http.StatusNotFound {
		return failure(op, schema.Garbled, fmt.Errorf("404 Not Found for %s: is this the admin API of a %s?", c.base.JoinPath(identity.Path), c.definition.provider.Name))
	}
	if err != nil {
		return err
	}
	for _, part := range []struct {
		pointer string
		into    *string
	}{{identity.Instance, &o.Instance}, {identity.Version, &o.Version}} {
		if part.pointer == "" {
			continue
		}
		value, _ := schema.Lookup(a.body, part.pointer)
		text, ok := value.(string)
		*part.into = text
		// A server may not know its version; one that does not know who it is could be any.
		if !ok || text == "" && part.pointer == identity.Instance {
			return failure(op, schema.Garbled, fmt.Errorf("its answer has no text at %s: is this a %s?", part.pointer, c.definition.provider.Name))
		}
	}
	return c.knows(op, o)
}
