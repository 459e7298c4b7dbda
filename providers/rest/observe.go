package rest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
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

func (c *Client) identify(ctx context.Context, o *schema.Observation) error {
	identity := c.definition.api.Identity
	if identity == nil {
		return nil
	}
	const op = "ask who it is"
	a, err := c.do(ctx, request{op: op, method: http.MethodGet, path: identity.Path})
	if err != nil {
		return err
	}
	if a.status == http.StatusNotFound {
		return failure(op, schema.Garbled, fmt.Errorf("404 Not Found for %s: is this the admin API of a %s?", c.base.JoinPath(identity.Path), c.definition.provider.Name))
	}
	for pointer, into := range map[string]*string{identity.Instance: &o.Instance, identity.Version: &o.Version} {
		if pointer == "" {
			continue
		}
		value, _ := schema.Lookup(a.body, pointer)
		var ok bool
		if *into, ok = value.(string); !ok {
			return failure(op, schema.Garbled, fmt.Errorf("its answer has no text at %s: is this a %s?", pointer, c.definition.provider.Name))
		}
	}
	return nil
}

// list returns all items of a kind, or an error: never some of them.
func (c *Client) list(ctx context.Context, name string) (map[string]schema.Body, error) {
	l := listing{client: c, name: name, kind: c.definition.kinds[name], query: url.Values{}, items: map[string]schema.Body{}}
	for more := true; more; {
		var err error
		if more, err = l.page(ctx); err != nil {
			return nil, err
		}
	}
	return l.items, nil
}

// listing is a list on its way in, page by page.
type listing struct {
	client *Client
	name   string
	kind   kind
	query  url.Values
	read   int // items so far, also those that came twice because the list moved meanwhile
	items  map[string]schema.Body
}

// page adds the next page, and tells whether there may be more.
func (l *listing) page(ctx context.Context) (bool, error) {
	p := l.kind.List.Page
	if p != nil {
		l.query.Set(p.Limit, strconv.Itoa(p.Size))
	}
	if p != nil && p.Offset != "" {
		l.query.Set(p.Offset, strconv.Itoa(l.read))
	}
	a, err := l.client.do(ctx, request{op: l.op(), method: http.MethodGet, path: l.kind.List.Path, query: l.query})
	if err != nil {
		return false, err
	}
	if a.status == http.StatusNotFound {
		return false, failure(l.op(), schema.Garbled, fmt.Errorf("404 Not Found: it has no %s", l.kind.List.Path))
	}
	count, err := l.add(a.body)
	switch {
	case err != nil:
		return false, failure(l.op(), schema.Garbled, err)
	case p == nil:
		return false, nil
	case p.Offset != "":
		return count > 0, nil
	default:
		return l.turn(a.body)
	}
}

func (l *listing) op() string { return "list " + l.name }

// add takes the items out of an answer and returns how many there were.
func (l *listing) add(body any) (int, error) {
	value, _ := schema.Lookup(body, l.kind.List.Items)
	list, ok := value.([]any)
	if !ok && value != nil {
		return 0, fmt.Errorf("its answer has no list at %q", l.kind.List.Items)
	}
	for _, element := range list {
		id, body, err := l.kind.item(element)
		if err != nil {
			return 0, err
		}
		l.items[id] = body
	}
	l.read += len(list)
	return len(list), nil
}

// turn follows the cursor to the next page, if there is one.
func (l *listing) turn(body any) (bool, error) {
	p := l.kind.List.Page
	next, _ := schema.Lookup(body, p.Next)
	cursor, _ := next.(string)
	if cursor != "" && cursor == l.query.Get(p.Cursor) {
		return false, failure(l.op(), schema.Garbled, fmt.Errorf("page after page it gives the same cursor %q", cursor))
	}
	l.query.Set(p.Cursor, cursor)
	return cursor != "", nil
}

// item takes an element of a list apart.
func (k kind) item(element any) (string, schema.Body, error) {
	key, _ := schema.Lookup(element, k.Key)
	id, ok := key.(string)
	if !ok || id == "" {
		return "", nil, fmt.Errorf("an item has no text at %s", k.Key)
	}
	value, _ := schema.Lookup(element, k.Body)
	body, ok := value.(map[string]any)
	if !ok {
		return "", nil, fmt.Errorf("item %q has no object at %q", id, k.Body)
	}
	return id, body, nil
}

// Read returns one item, or nil if the peer does not have it.
func (c *Client) Read(ctx context.Context, key schema.Key) (schema.Body, error) {
	k := c.definition.kinds[key.Kind]
	op := "read " + key.String()
	a, err := c.do(ctx, request{op: op, method: http.MethodGet, path: expand(k.Read.Path, key.ID)})
	if err != nil || a.status == http.StatusNotFound {
		return nil, err
	}
	id, body, err := k.item(a.body)
	if err == nil && id != key.ID {
		err = fmt.Errorf("it answers with item %q", id)
	}
	if err != nil {
		return nil, failure(op, schema.Garbled, err)
	}
	return body, nil
}
