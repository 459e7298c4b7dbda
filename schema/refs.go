package schema

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// each is the step of a pointer in Refs that stands for every element of a list.
const each = "*"

// needs are the kinds that must be there before this one.
func (k Kind) needs() []string { return slices.AppendSeq(slices.Clone(k.After), maps.Values(k.Refs)) }

// RefersTo tells whether items of this kind may refer to items of the other.
func (k Kind) RefersTo(kind string) bool {
	for _, to := range k.Refs {
		if to == kind {
			return true
		}
	}
	return false
}

// References returns the items that a body of this kind refers to, sorted, each once. What is not a
// string, and the empty one, refers to nothing.
func (k Kind) References(body Body) []Key {
	var keys []Key
	for pointer, kind := range k.Refs {
		eachAt(map[string]any(body), SplitPointer(pointer), func(value any) {
			if id, ok := value.(string); ok && id != "" {
				keys = append(keys, Key{Kind: kind, ID: id})
			}
		})
	}
	return sortedKeys(keys)
}

// sortedKeys are the keys in their order, each once.
func sortedKeys(keys []Key) []Key {
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.ID, b.ID))
	})
	return slices.Compact(keys)
}

// eachAt calls do with every value that the steps lead to.
func eachAt(value any, steps []string, do func(any)) {
	if len(steps) == 0 {
		do(value)
		return
	}
	switch value := value.(type) {
	case map[string]any:
		if below, ok := value[steps[0]]; ok {
			eachAt(below, steps[1:], do)
		}
	case []any:
		if steps[0] == each {
			for _, element := range value {
				eachAt(element, steps[1:], do)
			}
		}
	}
}

// MergedReferences returns what an item refers to once desired is written over what the peer has of it:
// a field that desired does not name stays as the peer has it.
func (k Kind) MergedReferences(desired, observed Body) []Key {
	kept := map[string]any(observed)
	for pointer := range k.Refs {
		if _, authored := Lookup(map[string]any(desired), trunk(pointer)); authored {
			kept = Remove(kept, trunk(pointer))
		}
	}
	return sortedKeys(append(k.References(desired), k.References(kept)...))
}

// trunk is a pointer as far as the first list.
func trunk(pointer string) string {
	before, _, _ := strings.Cut(pointer+"/", "/"+each+"/")
	return strings.TrimSuffix(before, "/")
}
