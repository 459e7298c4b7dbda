package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// ready returns the changes of a wave that can be attempted, and notes why the others cannot: something
// that they need has not happened, or something has come to use what is to go. Of a run that is stopped it
// says nothing: there all that is left has the same reason.
func (run *peerRun) ready(ctx context.Context, wave []plan.Change) []plan.Change {
	if ctx.Err() != nil || run.lost() {
		return wave
	}
	met := run.skip(wave, run.unmet)
	inUse := run.newUsers(ctx, met)
	return run.skip(met, func(c plan.Change) string { return inUse[c.Key] })
}

// skip leaves out the changes for which there is a reason, and notes it.
func (run *peerRun) skip(wave []plan.Change, reason func(plan.Change) string) []plan.Change {
	var rest []plan.Change
	for _, change := range wave {
		why := reason(change)
		if why == "" {
			rest = append(rest, change)
			continue
		}
		result := Result{Change: change, Status: NotAttempted, Error: why}
		run.byKey[change.Key] = result
		run.tell(Event{Peer: run.plan.Serial, Phase: Applying, Done: run.tried, Total: run.total, Result: &result})
	}
	return rest
}

// unmet says which change that this one needs was not carried out, if any.
func (run *peerRun) unmet(change plan.Change) string {
	for _, d := range change.After {
		result, tried := run.byKey[d.Key]
		if tried && result.Status == Applied {
			continue
		}
		failed := "is held"
		switch {
		case tried && result.Status == Failed:
			failed = "could not be " + participle(result.Change.Action)
		case tried:
			failed = "was not attempted"
		}
		return needed(d) + failed
	}
	return ""
}

func needed(d plan.Dependency) string {
	switch d.Need {
	case plan.Takes:
		return fmt.Sprintf("its %s is that of %s, which ", d.Field, d.Key)
	case plan.Uses:
		return fmt.Sprintf("%s still uses it, and ", d.Key)
	case plan.Refers:
	}
	return fmt.Sprintf("it refers to %s, which ", d.Key)
}

func participle(action plan.Action) string {
	switch action {
	case plan.Create:
		return "created"
	case plan.Replace:
		return "replaced"
	case plan.Delete:
		return "deleted"
	case plan.Update:
	}
	return "changed"
}

// newUsers looks once more, just before, at what refers to the items of a wave that are to go: a server
// may take such a reference away in silence.
func (run *peerRun) newUsers(ctx context.Context, wave []plan.Change) map[schema.Key]string {
	going, kinds := run.going(wave)
	if len(kinds) == 0 {
		return nil
	}
	observation, err := run.provider.Observe(context.WithoutCancel(ctx), slices.Sorted(maps.Keys(kinds)))
	run.heard(err)
	users := plan.Users(kinds, observation, going)
	why := map[schema.Key]string{}
	for _, key := range going {
		for _, kind := range plan.Referring(kinds, key.Kind) {
			if _, unlisted := plan.Listed(observation, kind); err != nil || unlisted != nil {
				why[key] = fmt.Sprintf("whether a %s uses it is not known: %v", kind, firstError(err, unlisted))
			}
		}
		if len(users[key]) > 0 && why[key] == "" {
			why[key] = referring(users[key]) + " since the plan was made; plan again"
		}
	}
	return why
}

// going are the items of a wave that are to go, and the kinds that may refer to some of them.
func (run *peerRun) going(wave []plan.Change) ([]schema.Key, map[string]schema.Kind) {
	var keys []schema.Key
	kinds := map[string]schema.Kind{}
	for _, change := range wave {
		if change.Action != plan.Delete && change.Action != plan.Replace {
			continue
		}
		keys = append(keys, change.Key)
		for _, kind := range plan.Referring(run.target.Cluster.Provider.Kinds, change.Kind) {
			kinds[kind] = run.target.Cluster.Provider.Kinds[kind]
		}
	}
	return keys, kinds
}

// mostNamed is how many of the items that refer to one are named.
const mostNamed = 3

// referring says who refers to something.
func referring(users []schema.Key) string {
	if len(users) == 1 {
		return users[0].String() + " refers to it"
	}
	var all []string
	for _, key := range users[:min(mostNamed, len(users))] {
		all = append(all, key.String())
	}
	if n := len(users) - mostNamed; n > 0 {
		all = append(all, fmt.Sprintf("%d more", n))
	}
	return strings.Join(all, ", ") + " refer to it"
}
