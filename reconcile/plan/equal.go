package plan

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	gocmp "github.com/google/go-cmp/cmp"
)

// equal tells whether b is as good as the authored value a, at the place the comparer stands at.
func (c *comparer) equal(a, b any) bool {
	if _, gone := b.(absent); gone {
		return c.kind.ZeroIsAbsent && zero(a)
	}
	if list, ok := a.([]any); ok {
		return c.equalList(list, b)
	}
	if object, ok := a.(map[string]any); ok {
		return c.equalObject(object, b)
	}
	return equalScalar(a, b)
}

func (c *comparer) equalObject(a map[string]any, b any) bool {
	object, ok := b.(map[string]any)
	if !ok {
		return false
	}
	if c.atomic() {
		return exactly(a, object)
	}
	for name, value := range a {
		if !c.equal(value, child(object, name)) {
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
	if key, isSet := c.kind.Sets[pointer(c.path)]; isSet {
		a, list = sorted(a, key), sorted(list, key)
	}
	for i := range a {
		if !c.equal(a[i], list[i]) {
			return false
		}
	}
	return true
}

func (c *comparer) atomic() bool {
	return len(c.kind.Atomic) > 0 && slices.Contains(c.kind.Atomic, pointer(c.path))
}

// sorted returns the list in the order of its elements' keys, or of the elements themselves.
func sorted(list []any, key string) []any {
	rank := func(v any) string {
		if key != "" {
			v = child(v, key)
		}
		text, _ := json.Marshal(v)
		return string(text)
	}
	return slices.SortedStableFunc(slices.Values(list), func(a, b any) int { return cmp.Compare(rank(a), rank(b)) })
}

// exactly compares whole structures: every key, every element, in order.
func exactly(a, b any) bool {
	numbers := gocmp.FilterValues(func(x, y any) bool { return isNumber(x) && isNumber(y) }, gocmp.Comparer(equalScalar))
	return gocmp.Equal(a, b, numbers)
}

func isNumber(v any) bool {
	switch v.(type) {
	case int64, float64, json.Number:
		return true
	default:
		return false
	}
}

// equalScalar compares two plain values; an integer equals a float of the same value.
func equalScalar(a, b any) bool {
	switch b.(type) {
	case []any, map[string]any:
		return false
	}
	x, xIsInt := a.(int64)
	y, yIsInt := b.(int64)
	f, xIsFloat := a.(float64)
	g, yIsFloat := b.(float64)
	switch {
	case xIsInt && yIsFloat:
		return float64(x) == g
	case xIsFloat && yIsInt:
		return f == float64(y)
	default:
		return a == b
	}
}

func zero(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case int64:
		return v == 0
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		for _, below := range v {
			if !zero(below) {
				return false
			}
		}
		return true
	default:
		return false
	}
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
