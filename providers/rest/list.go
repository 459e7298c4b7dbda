package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Bounds of a whole list, whatever the peer answers: a list may have no end.
const (
	listTime  = 10 // as often as one request may last
	listSize  = 16 // as often as one answer may be large
	listTries = 3  // of a list that moves while it is read
)

// list returns all items of a kind, or an error: never some of them.
func (c *Client) list(ctx context.Context, name string) (map[string]schema.Body, error) {
	op := "list " + name
	k, err := c.definition.kind(op, name)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, listTime*c.options.Timeout)
	defer cancel()
	for range listTries {
		var items map[string]schema.Body
		if items, err = c.listOnce(ctx, op, k); err == nil {
			return items, nil
		}
		if !errors.Is(err, errMoved) {
			return nil, err
		}
	}
	return nil, failure(op, schema.Busy, err)
}

func (c *Client) listOnce(ctx context.Context, op string, k kind) (map[string]schema.Body, error) {
	var items map[string]schema.Body
	var err error
	if k.ForEach == "" {
		items, err = c.listAt(ctx, op, &place{client: c, kind: k})
	} else {
		items, err = c.listChildren(ctx, op, k)
	}
	if err == nil && k.List.Detail {
		items, err = c.details(ctx, k, items)
	}
	if err == nil && k.List.Secrets != nil && len(items) > 0 { // of nobody there is no secret
		err = c.listSecrets(ctx, op, k, items)
	}
	return items, err
}

// listAt lists the items in one place.
func (c *Client) listAt(ctx context.Context, op string, p *place) (map[string]schema.Body, error) {
	l := listing{client: c, op: op, kind: p.kind, parent: p.parent, items: map[string]schema.Body{}}
	var err error
	if l.path, err = p.path(ctx, p.kind.List.Path); err == nil {
		l.query, err = p.query(ctx, p.kind.List.Query)
	}
	if err != nil {
		return nil, failure(op, schema.Rejected, err)
	}
	if err := l.read(ctx); err != nil {
		return nil, err
	}
	for id, body := range l.items {
		if body == nil {
			delete(l.items, id)
		}
	}
	return l.items, nil
}

// listing is a list on its way in, page by page.
type listing struct {
	client *Client
	op     string
	kind   kind
	parent string
	path   string
	query  url.Values
	items  map[string]schema.Body // nil: one that is skipped
	size   int64                  // of the answers so far, in bytes
	total  *int64                 // how many items there are, as the server says
}

// part is one page of a list.
type part struct {
	body  any // the answer, without the items
	ids   []string
	given int // items, also those that a page before had
	fresh int // ids that no page before had
}

// page adds the next page.
func (l *listing) page(ctx context.Context) (part, error) {
	before := len(l.items)
	var ids []string
	t := taker{at: l.kind.List.Items, shape: l.kind.List.Shape, each: func(label string, element any) error {
		id, err := l.add(label, element)
		ids = append(ids, id)
		return err
	}}
	a, err := l.client.do(ctx, request{op: l.op, method: http.MethodGet, path: l.path, query: l.query, take: t.take})
	switch {
	case a.status == http.StatusNotFound && l.parent != "":
		return part{}, errMoved // its parent was there a moment ago
	case a.status == http.StatusNotFound:
		return part{}, l.garbled("404 Not Found: it has no %s", l.path)
	case err != nil:
		return part{}, err
	case !t.there:
		return part{}, failure(l.op, schema.Garbled, t.absent())
	}
	if l.size += a.size; l.size > listSize*l.client.options.MaxBytes {
		return part{}, l.garbled("the list is longer than %d bytes", listSize*l.client.options.MaxBytes)
	}
	return part{body: a.body, ids: ids, given: len(ids), fresh: len(l.items) - before}, cmp.Or(l.distinct(ids), l.count(a.body))
}

// add takes one element in, and returns its id.
func (l *listing) add(label string, element any) (string, error) {
	if element == nil && l.kind.List.Shape == "single" {
		return "", nil // the server has nothing there
	}
	id, body, err := l.kind.item(l.parent, label, element)
	if err != nil {
		return "", unusable{err}
	}
	l.items[id] = body
	return id, nil
}

// distinct refuses a page that has an id twice: whatever tells those two items apart, the key does not.
func (l *listing) distinct(ids []string) error {
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if seen[id] {
			return l.garbled("it has two items %q", id)
		}
		seen[id] = true
	}
	return nil
}

func (l *listing) garbled(format string, args ...any) error {
	return failure(l.op, schema.Garbled, fmt.Errorf(format, args...))
}
