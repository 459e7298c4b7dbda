package plan

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// equal tells whether b is as good as the authored value a, at the place the comparer stands at. A null
// is as good as nothing: to write it is how a field is taken away.
func (c *comparer) equal(a, b any) bool {
	if value(b) == nil {
		return a == nil || c.kind.ZeroIsAbsent && zero(a) && !c.zeroMatters() || c.takesAway(a)
	}
	switch a := a.(type) {
	case []any:
		return c.equalList(a, b)
	case map[string]any:
		return c.equalObject(a, b)
	default:
		return equalScalar(a, b)
	}
}

// takesAway tells whether an object that is compared field by field only takes fields away: without any
// such object nothing is left to do.
func (c *comparer) takesAway(a any) bool {
	object, ok := a.(map[string]any)
	return ok && len(object) > 0 && !c.atomic() && c.contains(nil, object)
}

func (c *comparer) equalObject(a map[string]any, b any) bool {
	object, ok := b.(map[string]any)
	if !ok {
		return false
	}
	return c.contains(object, a) && (!c.atomic() || c.contains(a, object))
}

// contains tells whether the object is as good as each of the values.
func (c *comparer) contains(object, values map[string]any) bool {
	for name, value := range values {
		c.path = append(c.path, name)
		same := c.equal(value, child(object, name))
		c.path = c.path[:len(c.path)-1]
		if !same {
			return false
		}
	}
	return true
}

func (c *comparer) equalList(a []any, b any) bool {
	list, ok := b.([]any)
	if !ok || len(a) != len(list) {
		return false
	}
	if len(c.kind.Sets) > 0 {
		if key, isSet := c.kind.Sets[pointer(c.path)]; isSet {
			a, list = sorted(a, key), sorted(list, key)
		}
	}
	return slices.EqualFunc(a, list, func(a, b any) bool {
		return b == nil && a == nil || b != nil && c.equal(a, b) // an element cannot be left out
	})
}

func (c *comparer) atomic() bool {
	return len(c.kind.Atomic) > 0 && slices.Contains(c.kind.Atomic, pointer(c.path))
}

// zeroMatters tells whether the field's zero says something that its absence does not.
func (c *comparer) zeroMatters() bool {
	return len(c.kind.ZeroMatters) > 0 && slices.Contains(c.kind.ZeroMatters, pointer(c.path))
}

// sorted returns the list in the order of its elements' keys, or of the elements themselves.
func sorted(list []any, key string) []any {
	type ranked struct {
		rank  string
		value any
	}
	order := make([]ranked, len(list))
	for i, v := range list {
		order[i] = ranked{rank(v, key), v}
	}
	slices.SortStableFunc(order, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	values := make([]any, len(list))
	for i, r := range order {
		values[i] = r.value
	}
	return values
}

func rank(v any, key string) string {
	if key != "" {
		v = child(v, key)
	}
	text, _ := json.Marshal(v) // what came from JSON can be written as JSON
	return string(text)
}

// pointer writes a path as the definition of a kind does (RFC 6901).
func pointer(path []string) string {
	var b strings.Builder
	for _, step := range path {
		b.WriteByte('/')
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(step, "~", "~0"), "/", "~1"))
	}
	return b.String()
}
