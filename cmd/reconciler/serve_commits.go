package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/loop"
	"github.com/gitops-reconciler/reconciler/reconcile/source"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
)

// commits are what a branch of the repository says, one after the other.
type commits struct {
	app   *app
	store *store.Store
}

// Latest evaluates the commit that --rev names now, unless that is the one that is known.
func (c *commits) Latest(ctx context.Context, have string) (loop.Desired, error) {
	tree, err := source.Commit(ctx, c.app.dir, c.app.rev)
	if err != nil || tree.Revision == have {
		return loop.Desired{Target: reconcile.Target{Revision: have}}, errors.Join(err, tree.Close())
	}
	l, problems, err := c.app.evaluateTree(ctx, tree, forPeople)
	var e exit
	switch {
	case errors.As(err, &e) && e.code == exitInvalid:
		return loop.Desired{}, &loop.Refused{Revision: tree.Revision, Why: oneLine(err.Error())}
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
		return loop.Desired{}, &loop.Refused{Revision: tree.Revision, Why: foremost(problems)}
	}
	return loop.Desired{Target: reconcile.Target{Cluster: l.Cluster, Revision: l.revision}, Subject: l.subject}, nil
}

// foremost is the first of the problems, and how many there are.
func foremost(problems []schema.Problem) string {
	first := oneLine(problems[0].String())
	if len(problems) == 1 {
		return first
	}
	return fmt.Sprintf("%s (the first of %d problems)", first, len(problems))
}
