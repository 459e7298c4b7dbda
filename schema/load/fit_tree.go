package load

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// at is what steps lead to, through objects and lists.
func at(value any, steps []string) (any, bool) {
	for _, step := range steps {
		switch v := value.(type) {
		case map[string]any:
			below, there := v[step]
			if !there {
				return nil, false
			}
			value = below
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// setAt writes a value where steps lead to, in place. The objects on the way are made; lists are not.
func setAt(object map[string]any, steps []string, value any) bool {
	var here any = object
	for i, step := range steps {
		above, isObject := here.(map[string]any)
		switch {
		case i == len(steps)-1 && isObject:
			above[step] = value
			return true
		case isObject && above[step] == nil:
			above[step] = map[string]any{}
		}
		below, there := at(here, steps[i:i+1])
		if !there {
			return false
		}
		here = below
	}
	return false
}

// removeAt takes the field away that steps lead to, in place.
func removeAt(value any, steps []string) bool {
	above, _ := at(value, steps[:len(steps)-1])
	object, ok := above.(map[string]any)
	if ok {
		_, ok = object[steps[len(steps)-1]]
		delete(object, steps[len(steps)-1])
	}
	return ok
}

// agrees tells whether whole has all that a value says: fields and elements, and numbers by their value.
func agrees(value, whole any) bool {
	switch value := value.(type) {
	case map[string]any:
		object, ok := whole.(map[string]any)
		for name, v := range value {
			below, there := object[name]
			ok = ok && there && agrees(v, below)
		}
		return ok
	case []any:
		list, ok := whole.([]any)
		return ok && slices.EqualFunc(value, list, agrees)
	}
	return sameScalar(value, whole)
}

func sameScalar(a, b any) bool {
	switch b.(type) {
	case map[string]any, []any:
		return false
	}
	x, y := exactly(a), exactly(b)
	return a == b || x != nil && y != nil && x.Cmp(y) == 0
}

// exactly is a number without rounding; nil of all else.
func exactly(value any) *big.Rat {
	switch value := value.(type) {
	case int64:
		return new(big.Rat).SetInt64(value)
	case float64:
		return new(big.Rat).SetFloat64(value)
	case json.Number:
		if whole, ok := new(big.Int).SetString(value.String(), 10); ok {
			return new(big.Rat).SetInt(whole)
		}
	}
	return nil
}

// isZero tells whether a server that leaves zeros out leaves a value out.
func isZero(value any) bool {
	switch value := value.(type) {
	case []any:
		return len(value) == 0
	case map[string]any:
		for _, below := range value {
			if !isZero(below) {
				return false
			}
		}
		return true
	}
	zero, ok := zeroOf(value)
	return value == nil || ok && value == zero
}

// zeroOf is the zero of a value's type, where it has one that can be written in its place.
func zeroOf(value any) (any, bool) {
	switch value.(type) {
	case bool:
		return false, true
	case string:
		return "", true
	case int64:
		return int64(0), true
	case float64:
		return float64(0), true
	case []any:
		return []any{}, true
	}
	return nil, false
}

// rankOf is what an element of a list without order is sorted by: its key, or itself.
func rankOf(element any, key string) string {
	if object, ok := element.(map[string]any); ok && key != "" {
		element = object[key]
	}
	if text, ok := element.(string); ok {
		return text
	}
	text, _ := json.Marshal(element) // what came from JSON can be written as JSON
	return string(text)
}

// pointerTo writes steps as a definition does (RFC 6901).
func pointerTo(steps []string) string {
	var b strings.Builder
	for _, step := range steps {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(step))
	}
	return b.String()
}
