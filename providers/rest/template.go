package rest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// words goes through the names that stand in braces in a template.
func words(template string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, rest, found := strings.Cut(template, "{"); found; _, rest, found = strings.Cut(rest, "{") {
			name, _, _ := strings.Cut(rest, "}")
			if name, _, _ = strings.Cut(name, "|"); !yield(name) {
				return
			}
		}
	}
}

// place is an item on a peer, as paths speak of it.
type place struct {
	client *Client
	kind   kind
	parent string   // its parent's id
	parts  []string // of its own id; none where its kind is listed
	item   any      // as the peer has it, or nil

	parentItem any // once it was needed
}

// place returns where an item is. It fails on a kind there is not and on an id that no item can have.
func (c *Client) place(op string, key schema.Key, item schema.Body) (*place, error) {
	k, err := c.definition.at(op, key)
	if err != nil {
		return nil, err
	}
	parent, parts, err := k.split(key.ID)
	if err != nil {
		return nil, failure(op, schema.Rejected, err)
	}
	return &place{client: c, kind: k, parent: parent, parts: parts, item: item}, nil
}

// path fills a template with what is in the place, each value as one segment of a path but those that
// are wanted raw. A value that is empty would make it the path of something else.
func (p *place) path(ctx context.Context, template string) (string, error) {
	return fill(template, func(name string) (string, error) {
		text, err := p.word(ctx, name)
		if err == nil && text == "" {
			err = errors.New("it is empty")
		}
		return text, err
	}, escape)
}

// query fills the values of a query.
func (p *place) query(ctx context.Context, templates map[string]string) (url.Values, error) {
	values := url.Values{}
	for name, template := range templates {
		text, err := fill(template, func(name string) (string, error) { return p.word(ctx, name) }, strings.Clone)
		if err != nil {
			return nil, err
		}
		values.Set(name, text)
	}
	return values, nil
}

func fill(template string, value func(string) (string, error), escape func(string) string) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, after, _ := strings.Cut(rest, "}")
		name, form, _ := strings.Cut(name, "|")
		text, err := value(name)
		if err != nil {
			return "", fmt.Errorf("{%s}: %w", name, err)
		}
		b.WriteString(spelt(text, form, escape))
		template = after
	}
}

// spelt writes a text as the template wants it.
func spelt(text, form string, escape func(string) string) string {
	switch form {
	case "raw":
		return text
	case "json":
		quoted, _ := encode(text) // every text can be quoted
		return escape(string(quoted))
	default:
		return escape(text)
	}
}

func (p *place) word(ctx context.Context, name string) (string, error) {
	for i, key := range p.kind.Key {
		if key.last() == name && len(p.parts) > 0 {
			return p.parts[i], nil
		}
	}
	item, ofItem := strings.CutPrefix(name, "item.")
	parent, ofParent := strings.CutPrefix(name, "parent.item.")
	switch {
	case ofItem:
		return text(p.item, item)
	case ofParent:
		return p.ofParent(ctx, parent)
	case name == "parent.id":
		return p.parent, nil
	case name == "id" && len(p.parts) > 0:
		return p.parts[len(p.parts)-1], nil
	default:
		return "", errors.New("there is nothing of that name here")
	}
}

// ofParent returns a field of the parent, which is read if it is not known.
func (p *place) ofParent(ctx context.Context, field string) (string, error) {
	if p.parentItem == nil {
		parent, err := p.client.Read(ctx, schema.Key{Kind: p.kind.ForEach, ID: p.parent})
		if err != nil {
			return "", err
		}
		p.parentItem = parent
	}
	return text(p.parentItem, field)
}

// text is a field, by its dotted name, as it stands in a path.
func text(item any, field string) (string, error) {
	switch value, _ := pointer(strings.Split(field, ".")).at(item); value := value.(type) {
	case string:
		return value, nil
	case int64, float64, bool:
		return fmt.Sprint(value), nil
	default:
		return "", errors.New("the item on the peer has no such text or number")
	}
}
