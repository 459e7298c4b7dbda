package plan

import (
	"cmp"
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Waves returns the changes that are not held in the order in which they are to be made: what a kind
// refers to before the kind itself, and deletions last, in the reverse order, when nothing refers to
// them any more. Only deletions that a write needs come before it: of what has a value that no two items
// may have, and of what refers to an item that is to be made anew. The changes of one wave do not depend
// on each other.
func Waves(p schema.Provider, changes []Change) ([][]Change, error) {
	levels, err := p.Levels()
	if err != nil {
		return nil, err
	}
	places := newPlaces(levels, changes)
	at := map[place][]Change{}
	for _, change := range changes {
		if level, known := places.levels[change.Kind]; known && !change.Held {
			here := places.of(change, level)
			at[here] = append(at[here], change)
		}
	}
	var waves [][]Change
	for _, here := range slices.SortedFunc(maps.Keys(at), place.compare) {
		waves = append(waves, at[here])
	}
	return waves, nil
}

// place is where a wave stands among the others.
type place struct {
	block int // deletions that a write needs, writes, deletions
	level int // of the kind; negative for deletions, whose order is the reverse
	step  int // among writes of a kind: after those that give something up
}

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.block, q.block), cmp.Compare(p.level, q.level), cmp.Compare(p.step, q.step))
}

// places knows where changes stand.
type places struct {
	levels  map[string]int // by kind
	changes map[schema.Key]Change
	early   map[schema.Key]bool // deletions that a write needs
	steps   map[schema.Key]int
}

func newPlaces(levels [][]string, changes []Change) *places {
	p := &places{levels: map[string]int{}, changes: map[schema.Key]Change{}, early: map[schema.Key]bool{}, steps: map[schema.Key]int{}}
	for i, level := range levels {
		for _, kind := range level {
			p.levels[kind] = i
		}
	}
	for _, change := range changes {
		p.changes[change.Key] = change
	}
	for _, change := range changes {
		for _, d := range change.After {
			if change.Action != Delete && p.changes[d.Key].Action == Delete {
				p.hasten(d.Key)
			}
		}
	}
	return p
}

// hasten puts a deletion before all writes, with those that it depends on.
func (p *places) hasten(key schema.Key) {
	p.early[key] = true
	for _, d := range p.changes[key].After {
		if !p.early[d.Key] {
			p.hasten(d.Key)
		}
	}
}

func (p *places) of(c Change, level int) place {
	switch {
	case p.early[c.Key]:
		return place{block: 0, level: -level}
	case c.Action == Delete:
		return place{block: 2, level: -level}
	default:
		return place{block: 1, level: level, step: p.step(c)}
	}
}

// step counts the writes that have to give up a value, one after the other, before this one.
func (p *places) step(c Change) int {
	if step, known := p.steps[c.Key]; known {
		return step
	}
	p.steps[c.Key] = 0 // those that go round in a circle are held, and do not come here
	step := 0
	for _, d := range c.After {
		if before := p.changes[d.Key]; d.Need == Takes && before.Action != Delete {
			step = max(step, p.step(before)+1)
		}
	}
	p.steps[c.Key] = step
	return step
}
