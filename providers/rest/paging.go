package rest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// errMoved is a list that is not the same from one page to the next.
var errMoved = errors.New("the list changes while it is read, or its pages all begin at the same item")

func (l *listing) read(ctx context.Context) (err error) {
	page := l.kind.List.Page
	if page != nil {
		l.query.Set(page.Limit, strconv.Itoa(page.Size))
	}
	switch {
	case page == nil:
		_, err = l.page(ctx)
	case page.Offset != "":
		err = l.byOffset(ctx)
	case page.Number != "":
		err = l.byNumber(ctx)
	case len(page.Next) > 0:
		err = l.byCursor(ctx)
	default:
		err = l.fromLast(ctx)
	}
	if err == nil {
		err = l.whole()
	}
	return err
}

// count takes in how many items there are in all, if the answer has to say so.
func (l *listing) count(body any) error {
	if len(l.kind.List.Total) == 0 {
		return nil
	}
	value, _ := l.kind.List.Total.at(body)
	total, ok := value.(int64)
	if !ok || total < 0 {
		return l.garbled("its answer has no number at %s", l.kind.List.Total)
	}
	if l.total != nil && *l.total != total {
		return errMoved
	}
	l.total = &total
	return nil
}

// whole compares what came with what there should be: fewer is an incomplete list, and no absence.
func (l *listing) whole() error {
	if l.total == nil || int64(len(l.items)) == *l.total {
		return nil
	}
	return fmt.Errorf("it says that it has %d, and gives %d: %w", *l.total, len(l.items), errMoved)
}

// end tells that nothing can follow a page, with which so many items came in all.
func (l *listing) end(p part, read int) bool {
	page := l.kind.List.Page
	return page.Full && p.given < page.Size || l.total != nil && int64(read) >= *l.total
}

// byOffset reads until nothing comes any more: a short page proves nothing where servers cut what is
// asked for.
func (l *listing) byOffset(ctx context.Context) error {
	p, err := l.from(ctx, 0)
	for read := len(p.ids); err == nil && len(p.ids) > 0 && !l.end(p, read); read += len(p.ids) {
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
	if at < len(p.ids) || l.end(p, 0) {
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
	page := l.kind.List.Page
	l.query.Set(page.Offset, strconv.Itoa(page.First+offset))
	return l.page(ctx)
}

// byNumber reads page after page, until one is empty or all are there: some servers refuse the page after
// the last. Such pages cannot overlap, so it is their total that shows that the list moves.
func (l *listing) byNumber(ctx context.Context) error {
	page := l.kind.List.Page
	for number, read := page.First, 0; ; number++ {
		l.query.Set(page.Number, strconv.Itoa(number))
		p, err := l.page(ctx)
		switch read += len(p.ids); {
		case err != nil || len(p.ids) == 0:
			return err
		case p.fresh == 0:
			return errMoved
		case l.end(p, read):
			return nil
		}
	}
}

// fromLast asks for what comes after the last item that came, until nothing does.
func (l *listing) fromLast(ctx context.Context) error {
	for {
		p, err := l.page(ctx)
		switch {
		case err != nil || len(p.ids) == 0:
			return err
		case p.fresh == 0:
			return errMoved
		case l.end(p, len(l.items)):
			return nil
		}
		parts := splitID(p.ids[len(p.ids)-1], len(l.kind.labels()))
		if parts == nil {
			return l.garbled("the last item of a page has no id to go on from")
		}
		l.query.Set(l.kind.List.Page.Cursor, parts[len(parts)-1])
	}
}

// byCursor follows the cursors until a page gives none.
func (l *listing) byCursor(ctx context.Context) error {
	page := l.kind.List.Page
	for seen := map[string]bool{}; ; {
		p, err := l.page(ctx)
		if err != nil {
			return err
		}
		next, _ := page.Next.at(p.body)
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
