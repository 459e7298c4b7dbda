package plan

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// exactly compares whole values: every key, every element, in order. A secret equals its mark.
func exactly(a, b any) bool {
	switch a := a.(type) {
	case schema.Secret:
		return exactly(a.Mark(), b)
	case []any:
		list, ok := b.([]any)
		return ok && slices.EqualFunc(a, list, exactly)
	case map[string]any:
		object, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, object, exactly)
	default:
		if secret, ok := b.(schema.Secret); ok {
			b = secret.Mark()
		}
		return equalScalar(a, b)
	}
}

// equalScalar compares two plain values; numbers are equal if their values are, however they are written.
func equalScalar(a, b any) bool {
	switch b.(type) {
	case []any, map[string]any:
		return false
	}
	return a == b || equalNumbers(a, b)
}

func equalNumbers(a, b any) bool {
	x, y := rational(a), rational(b)
	return x != nil && y != nil && x.Cmp(y) == 0
}

// rational is a number without any rounding; nil of everything else, and of what no float64 can hold,
// such as 1e999999999, whose digits would fill the memory.
func rational(v any) *big.Rat {
	switch v := v.(type) {
	case int64:
		return new(big.Rat).SetInt64(v)
	case float64:
		return new(big.Rat).SetFloat64(v)
	case json.Number:
		if whole, ok := new(big.Int).SetString(v.String(), 10); ok {
			return new(big.Rat).SetInt(whole)
		}
	}
	return nil
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
