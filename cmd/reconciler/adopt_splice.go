package main

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/gitops-reconciler/reconciler/reconcile/adopt"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// splice changes the files for all takes at once. Where that does not come to what was taken, it tries them
// one by one, and refuses those that do not fit.
func (a *app) splice(ctx context.Context, t *taking) error {
	takes, refused := t.takes, t.refused
	if why, err := a.try(ctx, t, takes); err != nil || why == "" {
		return err
	}
	t.refused = refused
	var good []adopt.Take
	for _, take := range takes {
		before := len(t.refused)
		why, err := a.try(ctx, t, append(slices.Clone(good), take))
		switch {
		case err != nil:
			return err
		case why != "":
			t.refuse(take, why)
		case len(t.refused) == before:
			good = append(good, take)
		}
	}
	_, err := a.try(ctx, t, good)
	return err
}

// try changes the files as they were for some takes, and says why that does not do. What the files cannot
// say is refused.
func (a *app) try(ctx context.Context, t *taking, takes []adopt.Take) (why string, err error) {
	t.files, t.placed = nil, nil
	if len(takes) == 0 {
		return "", nil
	}
	wishes := make([]load.Wish, len(takes))
	for i, take := range takes {
		wishes[i] = load.Wish{Key: take.Key, Scopes: take.Scopes, Path: take.Path, Value: take.Value, Gone: take.Gone}
	}
	spliced, err := a.loader().Child.Splice(ctx, t.in, wishes)
	if err != nil {
		return "", err
	}
	var can []adopt.Take
	placed := make([]adopt.Placed, len(takes))
	for i, outcome := range spliced.Wishes {
		placed[i] = adopt.Placed{Take: takes[i], Scope: outcome.Scope}
	}
	for i, outcome := range spliced.Wishes {
		switch other := contradicted(placed, placed[i]); {
		case outcome.Refused != "":
			t.refuse(takes[i], outcome.Refused)
		case other != "":
			t.refuse(takes[i], other+" has it otherwise; name one of them, or give --scope peer")
		default:
			can, t.placed = append(can, takes[i]), append(t.placed, placed[i])
		}
	}
	if len(can) < len(takes) {
		return a.try(ctx, t, can)
	}
	return a.evaluates(ctx, t, spliced)
}

// contradicted names a peer that has another value for what is written in the same place.
func contradicted(placed []adopt.Placed, p adopt.Placed) string {
	for _, other := range placed {
		if other.Key == p.Key && slices.Equal(other.Scope, p.Scope) && slices.Equal(other.Path, p.Path) &&
			(other.Gone != p.Gone || !reflect.DeepEqual(other.Value, p.Value)) {
			return other.Serial
		}
	}
	return ""
}

// evaluates tells whether the changed files come to what was taken.
func (a *app) evaluates(ctx context.Context, t *taking, s load.Splice) (why string, err error) {
	in := load.Input{Files: maps.Clone(t.in.Files), Dir: t.in.Dir, Active: t.in.Active}
	maps.Copy(in.Files, s.Files)
	result, err := a.loader().Child.Load(ctx, in)
	if err != nil {
		return "", err
	}
	if result.Cluster == nil {
		return "the files would not be valid any more: " + result.Problems[0].Sentence(), nil
	}
	reached, wrong := adopt.Verify(t.Cluster, result.Cluster, t.placed)
	if wrong == nil {
		t.files, t.reached = s.Files, reached
	} else {
		why = wrong.Error() + ": more than one place says it"
	}
	return why, nil
}

func (t *taking) refuse(take adopt.Take, why string) {
	t.refused = append(t.refused, adopt.Refusal{Key: take.Key, Serial: take.Serial, Why: why, Takes: []adopt.Take{take}})
}
