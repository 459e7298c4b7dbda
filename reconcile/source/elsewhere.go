package source

import (
	"context"
	"errors"

	"github.com/go-git/go-git/v5/plumbing"
)

// elsewhere is a repository behind a server.
type elsewhere struct {
	wire  wire
	limit int64 // bytes of a commit

	fetching turn          // guards the two that follow
	hash     plumbing.Hash // of the commit that was fetched last
	last     *stored       // which has that and nothing else, so that nothing grows from poll to poll

	exporting turn // guards the one that follows
	own       exported
}

func newElsewhere(w wire, limit int64) *elsewhere {
	return &elsewhere{wire: w, limit: limit, fetching: make(turn, 1), exporting: make(turn, 1)}
}

// turn is a lock that is waited for no longer than a context lasts.
type turn chan struct{}

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turn) give() { <-t }

func (e *elsewhere) close() { e.wire.close() }

func (e *elsewhere) heads(ctx context.Context) (all heads, err error) {
	c, err := e.wire.talk(ctx, uploadPack)
	if err != nil {
		return all, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	refs, err := hello(c)
	if err != nil {
		return all, err
	}
	return advertisedHeads(refs), nil
}

// commit lets two that ask for the same wait for one fetch.
func (e *elsewhere) commit(ctx context.Context, h plumbing.Hash) (*objects, error) {
	if err := e.fetching.take(ctx); err != nil {
		return nil, err
	}
	defer e.fetching.give()
	if e.hash != h || e.last == nil {
		store, err := e.fetch(ctx, h)
		if err != nil {
			return nil, err
		}
		e.hash, e.last = h, store
	}
	return &objects{ctx, e.last}, nil
}

func (e *elsewhere) fetch(ctx context.Context, h plumbing.Hash) (_ *stored, err error) {
	c, err := e.wire.talk(ctx, uploadPack)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	refs, err := hello(c)
	if err != nil {
		return nil, err
	}
	return receive(ctx, c, refs, h, e.limit)
}
