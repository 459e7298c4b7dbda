package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Read returns one item, or nil if the peer does not have it.
func (c *Client) Read(ctx context.Context, key schema.Key) (schema.Body, error) {
	return c.readWhere(ctx, key, nil)
}

// readWhere is Read where something of the item is known already.
func (c *Client) readWhere(ctx context.Context, key schema.Key, known schema.Body) (schema.Body, error) {
	op := "read " + key.String()
	p, err := c.place(op, key, known)
	if err != nil {
		return nil, err
	}
	if p.kind.Read.Path == "" {
		items, err := c.list(ctx, key.Kind)
		return items[key.ID], err
	}
	found := &found{kind: p.kind, parent: p.parent, id: key.ID, label: p.parts[len(p.parts)-1]}
	t := found.taker()
	r := request{op: op, method: http.MethodGet, take: t.take, terms: p.kind.Read.terms}
	if r.path, err = p.path(ctx, p.kind.Read.Path); err == nil {
		r.query, err = p.query(ctx, p.kind.Read.Query)
	}
	if err != nil {
		return nil, failure(op, schema.Rejected, err)
	}
	a, err := c.do(ctx, r)
	switch {
	case a.gone:
		return nil, nil
	case err != nil:
		return nil, err
	case !t.there:
		return nil, failure(op, schema.Garbled, t.absent())
	case found.own:
		return nil, failure(op, schema.Rejected, errors.New("the server brings it along by itself, or it is whom we sign in as: it is not managed"))
	}
	c.tags.keep(key, found.body, a.tag)
	return found.body, nil
}

// found is an item that is looked for, in an answer that is the item or has it in a list.
type found struct {
	kind              kind
	parent, id, label string

	body schema.Body
	own  bool // the server's: it is skipped
}

func (f *found) taker() *taker {
	if f.kind.Read.Items == nil {
		return &taker{shape: "single", each: f.only}
	}
	return &taker{at: *f.kind.Read.Items, shape: f.kind.List.Shape, each: f.among}
}

// only is the answer that is the item: it must be the right one. Where an item has no key in it, null is
// how a server says that there is none.
func (f *found) only(_ string, element any) error {
	if element == nil && len(f.kind.Key) == 0 {
		return nil
	}
	id, body, err := f.kind.item(f.parent, f.label, element)
	if err == nil && id != f.id {
		err = fmt.Errorf("it answers with item %q", id)
	}
	if err != nil {
		return unusable{err}
	}
	f.body, f.own = body, body == nil
	return nil
}

// among takes the item out of those that a filter let through.
func (f *found) among(label string, element any) error {
	if f.kind.List.Shape == "single" {
		label = f.label
	}
	id, body, err := f.kind.item(f.parent, label, element)
	if err != nil {
		return unusable{err}
	}
	if id == f.id {
		f.body, f.own = body, body == nil
	}
	return nil
}

// item takes an element of a list, or the answer of a read, apart. The body of one that is skipped is nil.
// It may change the element.
func (k kind) item(parent, label string, element any) (string, schema.Body, error) {
	if k.List.Shape == "single" {
		label = k.name
	}
	id, err := k.identify(parent, label, element)
	if k.skips(element) {
		return cmp.Or(id, fmt.Sprint(element)), nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	value, _ := k.Body.at(element)
	body, ok := value.(map[string]any)
	if !ok {
		return "", nil, fmt.Errorf("item %q has no object at %q", id, k.Body)
	}
	for _, owned := range k.ignore {
		owned.cut(body)
	}
	k.show(body, body)
	return id, body, nil
}
