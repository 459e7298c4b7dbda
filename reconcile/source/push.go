package source

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/storage/memory"
)

// exportAttempts is how often an export starts again because somebody else was faster.
const exportAttempts = 5

// exported is the commit that a branch was last seen to end at, and its tree.
type exported struct{ commit, tree plumbing.Hash }

func (e *elsewhere) export(ctx context.Context, x Export, reads string) error {
	if err := e.exporting.take(ctx); err != nil {
		return err
	}
	defer e.exporting.give()
	push := &push{at: e, export: x, reads: reads, store: memory.NewStorage()}
	var err error
	if push.tree, err = x.save(push.store); err != nil {
		return err
	}
	for {
		if done, err := push.attempt(ctx); done || err != nil {
			return err
		}
	}
}

// push is an export on its way.
type push struct {
	at       *elsewhere
	export   Export
	reads    string
	store    *memory.Storage // the objects that are sent
	tree     plumbing.Hash
	sent     plumbing.Hash // the commit that was last tried, zero at first
	from     plumbing.Hash // what the branch ended at then
	rejected error         // what the server said of it
	attempts int
}

// attempt looks where the branch is, and pushes if that is not where it shall be. An attempt that came to
// nothing is followed by another look: the references alone tell who was faster, for servers have their own
// words for it.
func (p *push) attempt(ctx context.Context) (bool, error) {
	at, err := p.look(ctx)
	switch {
	case err != nil:
		return false, err
	case at.tree == p.tree && !at.commit.IsZero():
		return true, nil
	case p.rejected != nil && at.commit == p.from:
		return false, fmt.Errorf("the server takes no commit there: %w; see that the branch may be pushed to", p.rejected)
	case p.attempts == exportAttempts:
		return false, fmt.Errorf("somebody else pushed to it %d times in a row; see who, the branch is meant for one writer", p.attempts)
	}
	p.from = at.commit
	p.attempts++
	if p.sent, err = p.export.commit(p.store, p.tree, p.from); err != nil {
		return false, err
	}
	return p.send(ctx)
}

// look finds what the branch holds. It is fetched unless it was seen before.
func (p *push) look(ctx context.Context) (_ exported, err error) {
	c, err := p.at.wire.talk(ctx, uploadPack)
	if err != nil {
		return exported{}, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	refs, err := hello(c)
	if err != nil {
		return exported{}, err
	}
	all := advertisedHeads(refs)
	if err := p.export.checkOwn(p.reads, all); err != nil {
		return exported{}, err
	}
	h := all.branches[p.export.Branch]
	if h == p.at.own.commit || h.IsZero() {
		return p.at.own.at(h), nil
	}
	p.at.own, err = treeOf(ctx, c, refs, h, p.at.limit)
	return p.at.own, err
}

func (o exported) at(h plumbing.Hash) exported {
	if h.IsZero() {
		return exported{}
	}
	return o
}

func treeOf(ctx context.Context, c conversation, refs *packp.AdvRefs, h plumbing.Hash, limit int64) (exported, error) {
	store, err := receive(ctx, c, refs, h, limit)
	if err != nil {
		return exported{}, err
	}
	commit, err := (&objects{ctx, store}).commit(h)
	if err != nil {
		return exported{}, err
	}
	return exported{h, commit.TreeHash}, nil
}
