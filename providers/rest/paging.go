package rest

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/gitops-reconciler/reconciler/schema"
)

// errMoved is a list that is not the same from one page to the next.
var errMoved = errors.New("the list changes while it is read, or its pages all begin at the same item")

func (l *listing) read(ctx context.Context) error {
	page := l.kind.List.Page
	if page == nil {
		_, err := l.page(ctx)
		return err
	}
	l.query.Set(page.Limit, strconv.Itoa(page.Size))
	if page.Offset == "" {
		return l.byCursor(ctx)
	}
	return l.byOffset(ctx)
}

// byOffset reads until nothing comes any more: a short page proves nothing, since servers cut what is
// asked for.
func (l *listing) byOffset(ctx context.Context) error {
	p, err := l.from(ctx, 0)
	for read := 0; err == nil && len(p.ids) > 0; {
		read += len(p.ids)
		p, err = l.after(ctx, read, p.ids[len(p.ids)-1])
	}
	return err
}

// after returns what comes after the first items, the last of which is given; nothing at the end. It asks
// from that one on: if it is not there any more, something before it was deleted, and what follows it
// has slipped past between two pages.
func (l *listing) after(ctx context.Context, read int, last string) (part, error) {
	p, err := l.from(ctx, read-1)
	if err != nil {
		return p, err
	}
	at := slices.Index(p.ids, last)
	if at < 0 {
		return p, errMoved
	}
	p.ids = p.ids[1:]
	if at < len(p.ids) {
		return p, nil
	}
	// Nothing follows: this is the end, or a server that gives one item at a time.
	p, err = l.from(ctx, read+len(p.ids))
	if err == nil && len(p.ids) > 0 && p.fresh == 0 {
		err = errMoved
	}
	return p, err
}

func (l *listing) from(ctx context.Context, offset int) (part, error) {
	l.query.Set(l.kind.List.Page.Offset, strconv.Itoa(offset))
	return l.page(ctx)
}

// byCursor follows the cursors until a page gives none.
func (l *listing) byCursor(ctx context.Context) error {
	page := l.kind.List.Page
	for seen := map[string]bool{}; ; {
		p, err := l.page(ctx)
		if err != nil {
			return err
		}
		next, _ := schema.Lookup(p.body, page.Next)
		cursor, ok := next.(string)
		switch {
		case next == nil || next == "":
			return nil
		case !ok:
			return l.garbled("its answer has no text at %s", page.Next)
		case seen[cursor]:
			return l.garbled("it gives the cursor %q a second time", cursor)
		}
		seen[cursor] = true
		l.query.Set(page.Cursor, cursor)
	}
}
