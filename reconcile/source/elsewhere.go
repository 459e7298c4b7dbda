package source

import (
	"context"
	"errors"

	"github.com/go-git/go-git/v5/plumbing"
)

// elsewhere is a repository behind a server.
type elsewhere struct {
	wire  wire
	limit int64         // bytes of a commit
	turn  chan struct{} // held by the one who fetches, and guards what follows
	hash  plumbing.Hash // of the commit that was fetched last
	last  *stored       // which has that and nothing else, so that nothing grows from poll to poll
}

func newElsewhere(w wire, limit int64) *elsewhere {
	return &elsewhere{wire: w, limit: limit, turn: make(chan struct{}, 1)}
}

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

func (e *elsewhere) commit(ctx context.Context, h plumbing.Hash) (*objects, error) {
	if err := e.take(ctx); err != nil {
		return nil, err
	}
	defer e.give()
	if e.hash != h || e.last == nil {
		store, err := e.fetch(ctx, h)
		if err != nil {
			return nil, err
		}
		e.hash, e.last = h, store
	}
	return &objects{ctx, e.last}, nil
}

// take waits for its turn, so that what two ask for is fetched once.
func (e *elsewhere) take(ctx context.Context) error {
	select {
	case e.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (e *elsewhere) give() { <-e.turn }

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
