package reconcile

import (
	"fmt"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// keeper holds one peer to what a saved plan said of it.
type keeper struct {
	*Reconciler
	target Target
	saved  plan.Peer
	sealed SavedPeer
	now    *planned // nil: the cluster has no such peer any more
}

// keep reduces the peer to the saved changes and returns those that are not what they were, and how many
// there are now that were not saved.
func (k keeper) keep() (moved []Move, left int) {
	if k.now != nil && k.now.provider == nil && k.now.plan.Suspended == "" {
		k.now.unread = k.saved.Changes
		return nil, 0
	}
	if text := k.replaced(); text != "" && len(k.saved.Changes) > 0 {
		return []Move{k.move(schema.Key{}, plan.Shift{Text: text})}, 0
	}
	if k.now == nil {
		return nil, 0
	}
	fresh := map[schema.Key]plan.Change{}
	for _, change := range k.now.plan.Changes {
		fresh[change.Key] = change
	}
	k.now.plan.Changes = []plan.Change{}
	for i, was := range k.saved.Changes {
		change, there := fresh[was.Key]
		delete(fresh, was.Key)
		if shifts := k.take(was, change, there, k.sealed.Seals[i]); len(shifts) > 0 {
			moved = append(moved, k.move(was.Key, shifts...))
		}
	}
	return moved, len(fresh)
}

// take puts a saved change back into the plan, as it would be made now, unless it has moved.
func (k keeper) take(was, now plan.Change, there bool, sealed plan.Seals) []plan.Shift {
	switch {
	case k.now.unlisted[was.Kind]:
		k.now.unread = append(k.now.unread, was)
		return nil
	case was.Held && !there:
		return nil // there is nothing to hold any more
	case was.Held:
		now.Held, now.Holds = true, was.Holds
	case !there:
		return []plan.Shift{{Text: k.missing(was)}}
	default:
		if shifts := k.shifts(was, now, sealed); len(shifts) > 0 {
			return shifts
		}
	}
	k.now.plan.Changes = append(k.now.plan.Changes, now)
	return nil
}

// replaced says why the peer is not the one that the plan was made for, if it is not.
func (k keeper) replaced() string {
	switch {
	case k.now == nil:
		return "it is no peer of the cluster any more"
	case k.now.plan.Suspended != "":
		return "it is suspended now: " + k.now.plan.Suspended
	case k.target.Cluster.Peers[k.saved.Serial].Address != k.sealed.Address:
		return fmt.Sprintf("its address was %s, and is %s now", k.sealed.Address, k.target.Cluster.Peers[k.saved.Serial].Address)
	case k.now.instance != k.sealed.Instance:
		return "another installation answers at its address now"
	}
	return ""
}

func (k keeper) shifts(was, now plan.Change, sealed plan.Seals) []plan.Shift {
	shifts := plan.Shifts(was, now, sealed, plan.Seal(k.Key, k.saved.Serial, now))
	for _, needed := range now.After {
		if !k.has(needed.Key) {
			shifts = append(shifts, plan.Shift{Text: needed.String() + " would have to change before it now, and is not in the plan"})
		}
	}
	return shifts
}

// has tells whether the saved plan has a change of an item.
func (k keeper) has(key schema.Key) bool {
	for _, change := range k.saved.Changes {
		if change.Key == key {
			return true
		}
	}
	return false
}

// missing says why nothing is left to do about an item.
func (k keeper) missing(was plan.Change) string {
	_, wanted := k.target.Cluster.Desired(k.saved.Serial)[was.Kind][was.ID]
	switch {
	case wanted:
		return "the peer has what Git wants by now"
	case was.Action == plan.Delete:
		return "it is gone from the peer already"
	default:
		return "Git does not want it on this peer any more"
	}
}

func (k keeper) move(key schema.Key, shifts ...plan.Shift) Move {
	return Move{Serial: k.saved.Serial, Alias: k.saved.Alias, Key: key, Shifts: shifts}
}

// unreadResults are those of what a saved plan has and nothing could be found out about.
func (p planned) unreadResults() []Result {
	var results []Result
	for _, change := range p.unread {
		result := Result{Change: change, Status: NotAttempted, Error: "whether it is still as it was planned could not be read"}
		if change.Held {
			result = Result{Change: change, Status: Held}
		}
		results = append(results, result)
	}
	return results
}
