package plan

import (
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Waves returns the changes that are not held in the order in which they are to be made: what a kind
// refers to before the kind itself, and deletions last, in the reverse order, when nothing refers to
// them any more. The changes of one wave do not depend on each other.
func Waves(p schema.Provider, changes []Change) ([][]Change, error) {
	levels, err := p.Levels()
	if err != nil {
		return nil, err
	}
	var writes, deletes [][]Change
	for _, level := range levels {
		var write, remove []Change
		for _, change := range changes {
			switch {
			case change.Held || !slices.Contains(level, change.Kind):
			case change.Action == Delete:
				remove = append(remove, change)
			default:
				write = append(write, change)
			}
		}
		writes, deletes = append(writes, write), append(deletes, remove)
	}
	slices.Reverse(deletes)
	return slices.DeleteFunc(append(writes, deletes...), func(wave []Change) bool { return len(wave) == 0 }), nil
}
