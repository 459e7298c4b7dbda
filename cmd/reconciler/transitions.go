package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/rules"
)

// finder tells where files write what paths lead to.
type finder func(ctx context.Context, paths [][]string) ([]schema.Position, error)

// history knows the clusters that were last applied, each as a reconcile.Target, by name.
type history interface {
	Applied() (map[string]json.RawMessage, error)
}

// predecessor is the cluster that was last applied in the place of c, or nil.
func predecessor(c *schema.Cluster, h history) (*reconcile.Target, error) {
	kept, err := h.Applied()
	if err != nil {
		return nil, err
	}
	clusters, revisions := map[string]*schema.Cluster{}, map[string]string{}
	for name, data := range kept {
		var target reconcile.Target
		if err := json.Unmarshal(data, &target); err != nil {
			return nil, fmt.Errorf("read what was last applied to %s: %w", name, err)
		}
		if target.Cluster == nil {
			continue // nothing of it is known
		}
		clusters[name], revisions[name] = target.Cluster, target.Revision
	}
	old := rules.Predecessor(clusters, c)
	if old == nil {
		return nil, nil
	}
	return &reconcile.Target{Cluster: old, Revision: revisions[old.Name]}, nil
}

// follow refuses a cluster that cannot come after the one that was last applied in its place, which it returns.
func (a *app) follow(ctx context.Context, c loaded, h history) (*reconcile.Target, error) {
	before, problems, err := transition(ctx, c, h)
	if err != nil || len(problems) == 0 {
		return before, err
	}
	return before, a.ui.refused("what was last applied", problems)
}

// transition finds what keeps a cluster from coming after the one that was last applied in its place, nil if none
// was.
func transition(ctx context.Context, c loaded, h history) (before *reconcile.Target, problems []schema.Problem, err error) {
	before, err = predecessor(c.Cluster, h)
	if before == nil || err != nil {
		return nil, nil, err
	}
	problems, err = between(ctx, loaded{Cluster: before.Cluster, find: somewhere(shortly(before.Revision))}, c)
	return before, problems, err
}

// somewhere finds that things were in a revision, and no more.
func somewhere(revision string) finder {
	return func(_ context.Context, paths [][]string) ([]schema.Position, error) {
		return slices.Repeat([]schema.Position{{Revision: revision}}, len(paths)), nil
	}
}

// shortly is a revision for people: of a full hash, what is enough to know it by.
func shortly(revision string) string {
	if len(revision) == 40 {
		return revision[:12]
	}
	return revision
}

// between finds what keeps a cluster from following another, at the places of both.
func between(ctx context.Context, old, next loaded) ([]schema.Problem, error) {
	problems := rules.Transitions(old.Cluster, next.Cluster)
	if len(problems) == 0 {
		return nil, nil
	}
	var paths, before [][]string
	for _, p := range problems {
		paths = append(paths, p.Path)
		for _, r := range p.Related {
			before = append(before, r.Path)
		}
	}
	at, err := next.find(ctx, paths)
	if err != nil {
		return nil, err
	}
	was, err := old.find(ctx, before)
	if err != nil {
		return nil, err
	}
	for i, p := range problems {
		problems[i].At = at[i]
		for j := range p.Related {
			p.Related[j].At, was = was[0], was[1:]
		}
	}
	slices.SortStableFunc(problems, schema.CompareProblems)
	return problems, nil
}

// change compares a valid cluster with the one in the commit that --against names. It returns that commit,
// as people call it; "" if none was named, or there was nothing to compare with, and why has been said.
func (a *app) change(ctx context.Context, c loaded, named naming) (problems []schema.Problem, against string, err error) {
	if a.against == "" {
		return nil, "", nil
	}
	then := *a
	then.rev, against = a.against, shortly(a.against)
	old, broken, err := then.evaluate(ctx, named)
	for i := range broken {
		broken[i].At.Revision = against
	}
	if why := incomparable(broken, err); why != "" {
		a.ui.note("warning: the change from %s is not checked: %s", against, printable(why))
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("--against: %w", err)
	}
	old.find = old.find.in(against)
	problems, err = between(ctx, old, c)
	return problems, against, err
}

// in is a finder whose places are those of a revision.
func (f finder) in(revision string) finder {
	return func(ctx context.Context, paths [][]string) ([]schema.Position, error) {
		found, err := f(ctx, paths)
		for i := range found {
			found[i].Revision = revision
		}
		return found, err
	}
}

// incomparable says why a commit is nothing to compare with, if it is not.
func incomparable(problems []schema.Problem, err error) string {
	var e exit
	missing := func(p schema.Problem) bool { return p.Rule == "cluster-missing" }
	switch {
	case errors.Is(err, fs.ErrNotExist) || slices.ContainsFunc(problems, missing):
		return "there was no cluster in this folder"
	case errors.As(err, &e) && e.code == exitInvalid:
		return "it is itself invalid: " + err.Error()
	case len(problems) > 0:
		return fmt.Sprintf("it is itself invalid, by %s, first %s", count(len(problems), "problem"), problems[0])
	}
	return ""
}
