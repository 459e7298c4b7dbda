package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/loop"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
)

// commits are what a repository says, one after the other.
type commits struct {
	app   *app
	store *store.Store
	from  repository
	trail trail

	good    loaded      // the last that was valid, before anybody holds anything; its Cluster is nil where there was none
	held    string      // names who held the roles when it was looked at
	follows atomic.Bool // whether it refers to that
}

// Latest evaluates the commit that is wanted now, unless that is the one that is known. Before it looks for one it
// sees to it that the one in force follows who holds the roles: that waits for no repository.
func (c *commits) Latest(ctx context.Context, have string) (loop.Desired, error) {
	if desired, moved, err := c.follow(ctx); moved || err != nil {
		return desired, err
	}
	hash, err := c.head(ctx)
	if err != nil || hash == have {
		return loop.Desired{Target: reconcile.Target{Revision: have}}, err
	}
	l, problems, err := c.read(ctx, hash)
	var e exit
	switch {
	case errors.As(err, &e) && e.code == exitInvalid:
		return loop.Desired{}, &loop.Refused{Revision: hash, Why: oneLine(err.Error())}
	case err != nil:
		return loop.Desired{}, err
	}
	if len(problems) == 0 {
		_, problems, err = transition(ctx, l, c.store)
	}
	if err != nil {
		return loop.Desired{}, err
	}
	if len(problems) > 0 {
		return loop.Desired{}, &loop.Refused{Revision: hash, Why: foremost(problems)}
	}
	c.good = l
	c.follows.Store(l.refers)
	return c.desired(ctx)
}

// follow evaluates the last valid commit once more if it refers to who holds what, and that has changed.
func (c *commits) follow(ctx context.Context) (desired loop.Desired, moved bool, err error) {
	if !c.follows.Load() {
		return loop.Desired{}, false, nil
	}
	ledger, err := c.store.Ledger(c.good.Name)
	if err != nil || stateOf(ledger) == c.held {
		return loop.Desired{}, false, err
	}
	desired, err = c.desired(ctx)
	return desired, true, err
}

// desired is what the last valid commit says for who holds the roles now.
func (c *commits) desired(ctx context.Context) (loop.Desired, error) {
	l := c.good
	state := ""
	if c.follows.Load() {
		ledger, err := c.store.Ledger(l.Name)
		if err != nil {
			return loop.Desired{}, err
		}
		var problems []schema.Problem
		if l, problems, err = l.as(ctx, seated(ledger)); err != nil {
			return loop.Desired{}, err
		}
		c.held = stateOf(ledger)
		if state = c.held; len(problems) > 0 {
			return loop.Desired{}, &loop.Refused{Revision: c.good.revision, Why: foremost(problems)}
		}
	}
	return loop.Desired{
		Target: reconcile.Target{Cluster: l.Cluster, Revision: l.revision}, Subject: l.subject,
		Follow: l.follow, For: state,
	}, nil
}

func (c *commits) head(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, gitPatience)
	defer cancel()
	return c.from.Head(ctx)
}

// read evaluates a commit. Git's patience is for its files; the evaluation has bounds of its own.
func (c *commits) read(ctx context.Context, hash string) (loaded, []schema.Problem, error) {
	reading, cancel := context.WithTimeout(ctx, gitPatience)
	defer cancel()
	tree, err := c.from.Tree(reading, hash)
	if err != nil {
		return loaded{}, nil, err
	}
	if c.trail.back(hash, tree.Time) {
		c.app.ui.rewound(tree)
	}
	return c.app.evaluateTree(ctx, tree, forPeople)
}

// trail is what was read since the start. It stays where it is if a commit is read once more.
type trail struct {
	last string
	time time.Time // when that was committed
	read map[string]bool
}

// back goes on to a commit, and tells whether it leads back: to one that was read before, or one that is older than
// the last. History is not fetched, so a rewritten branch is not told from one that went on.
func (t *trail) back(hash string, committed time.Time) bool {
	if hash == t.last {
		return false
	}
	back := t.last != "" && (t.read[hash] || committed.Before(t.time))
	if t.read == nil {
		t.read = map[string]bool{}
	}
	t.read[hash], t.last, t.time = true, hash, committed
	return back
}

// foremost is the first of the problems, and how many there are.
func foremost(problems []schema.Problem) string {
	first := oneLine(problems[0].String())
	if len(problems) == 1 {
		return first
	}
	return fmt.Sprintf("%s (the first of %d problems)", first, len(problems))
}
