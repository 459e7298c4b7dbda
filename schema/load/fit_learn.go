package load

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// CUE's errors are dear, and the items of a server have the same fields over and over. So a field that CUE
// refused in one item, and that the vocabulary has in none, is dropped from the next ones without asking.
// Where a field is refused only beside certain others, that is asked of each item.

// learn keeps in mind that there is no such field.
func (t *tailor) learn(steps []string) {
	last := len(steps) - 1
	here := t.words.at(append([]string{"cluster", "items", t.found.Kind, t.found.ID}, steps[:last]...))
	if here.value.Exists() && !here.has(steps[last]) {
		t.gone[t.found.Kind+t.everywhere(steps)] = true
	}
}

// everywhere is a pointer to the field that steps lead to, in every element of a list.
func (t *tailor) everywhere(steps []string) string {
	general := slices.Clone(steps)
	for i := range steps {
		if above, _ := at(t.body, steps[:i]); isList(above) {
			general[i] = "*"
		}
	}
	return pointerTo(general)
}

func isList(value any) bool {
	_, ok := value.([]any)
	return ok
}

// dropKnown drops the fields below steps that are known not to be there.
func (t *tailor) dropKnown(value any, steps []string) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			below := append(slices.Clone(steps), name)
			if t.gone[t.found.Kind+t.everywhere(below)] {
				t.drop(below)
				continue
			}
			t.dropKnown(value[name], below)
		}
	case []any:
		for i, v := range value {
			t.dropKnown(v, append(slices.Clone(steps), strconv.Itoa(i)))
		}
	}
}

// seen is where a fitter keeps what came out for an item that, without what is known to be no part of it,
// looks just so: most peers have the same.
type seen struct {
	before map[string]Fitted
	looks  string
}

func (t *tailor) seen() seen {
	text, _ := json.Marshal(t.body) // what came from JSON can be written as JSON
	return seen{t.before, t.found.String() + string(text)}
}

// again is what came out before, if it is known. What was dropped is the item's own.
func (s seen) again(f *Fitted) bool {
	before, known := s.before[s.looks]
	if known {
		before.Dropped = slices.Concat(f.Dropped, before.Dropped)
		slices.Sort(before.Dropped)
		before.Dropped = slices.Compact(before.Dropped)
		*f = before
	}
	return known
}

func (s seen) keep(f Fitted) { s.before[s.looks] = f }
