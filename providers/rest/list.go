package rest

import (
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
		l := listing{client: c, op: op, kind: k, query: url.Values{}, items: map[string]schema.Body{}}
		if err = l.read(ctx); err == nil {
			return l.items, nil
		}
		if !errors.Is(err, errMoved) {
			return nil, err
		}
	}
	return nil, failure(op, schema.Busy, err)
}

// listing is a list on its way in, page by page.
type listing struct {
	client *Client
	op     string
	kind   kind
	query  url.Values
	items  map[string]schema.Body
	size   int64 // of the answers so far, in bytes
}

// part is one page of a list.
type part struct {
	body  any // the whole answer
	ids   []string
	fresh int // ids that no page before had
}

// page adds the next page.
func (l *listing) page(ctx context.Context) (part, error) {
	a, err := l.client.do(ctx, request{op: l.op, method: http.MethodGet, path: l.kind.List.Path, query: l.query})
	if a.status == http.StatusNotFound {
		return part{}, l.garbled("404 Not Found: it has no %s", l.kind.List.Path)
	}
	if err != nil {
		return part{}, err
	}
	if l.size += a.size; l.size > listSize*l.client.options.MaxBytes {
		return part{}, l.garbled("the list is longer than %d bytes", listSize*l.client.options.MaxBytes)
	}
	before := len(l.items)
	ids, err := l.add(a.body)
	return part{body: a.body, ids: ids, fresh: len(l.items) - before}, err
}

// add takes the items out of an answer. Some servers say null where a list is empty; a list that is
// not there at all is no empty list.
func (l *listing) add(body any) ([]string, error) {
	value, there := schema.Lookup(body, l.kind.List.Items)
	list, ok := value.([]any)
	if !there || !ok && value != nil {
		return nil, l.garbled("its answer has no list at %q", l.kind.List.Items)
	}
	ids := make([]string, len(list))
	for i, element := range list {
		id, body, err := l.kind.item(element)
		if err != nil {
			return nil, l.garbled("%w", err)
		}
		ids[i], l.items[id] = id, body
	}
	return ids, nil
}

func (l *listing) garbled(format string, args ...any) error {
	return failure(l.op, schema.Garbled, fmt.Errorf(format, args...))
}
