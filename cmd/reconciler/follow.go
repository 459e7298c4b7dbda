package main

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// following is a cluster whose items follow who holds the roles by a ledger, where its files refer to that. Nobody
// holds anything where no serve ever ran; and of a restored ledger it is not known whether it is true.
func (a *app) following(ctx context.Context, l loaded, ledger lease.Ledger) (loaded, error) {
	if !l.refers {
		return l, nil
	}
	l, problems, err := l.as(ctx, seated(ledger))
	if err == nil && len(problems) > 0 {
		err = a.ui.problems(problems)
	}
	return l, err
}

// as evaluates once more, for who holds what. What follows in any state stays known.
func (l loaded) as(ctx context.Context, so load.Active) (loaded, []schema.Problem, error) {
	if len(so) == 0 {
		return l, nil, nil
	}
	next, problems, err := l.again(ctx, so)
	next.follow = append(slices.Clone(l.follow), next.follow...)
	return next, problems, err
}

// seated is who holds what by a ledger, as files may refer to it: nothing where that is not certain.
func seated(l lease.Ledger) load.Active {
	if l.Restored {
		return nil
	}
	so := load.Active{}
	for _, place := range places(l.Places) {
		if seat := l.Places[place]; seat.Holder != "" {
			so[place.Role] = append(so[place.Role], load.Held{Holder: seat.Holder, Epoch: seat.Epoch, Since: stamp(seat.Since)})
		}
	}
	return so
}

// stateOf names who holds what by a ledger, for comparison; "" where that is not certain.
func stateOf(l lease.Ledger) string {
	if l.Term == 0 || l.Restored {
		return ""
	}
	data, _ := json.Marshal(seated(l)) // strings and numbers never fail
	return string(data)
}

// leaving adds items at all peers to those that are left alone.
func leaving(c *schema.Cluster, not map[string]map[schema.Key]bool, follow []schema.Key) map[string]map[schema.Key]bool {
	for _, serial := range c.Serials() {
		for _, key := range follow {
			if not[serial] == nil {
				not[serial] = map[schema.Key]bool{}
			}
			not[serial][key] = true
		}
	}
	return not
}
