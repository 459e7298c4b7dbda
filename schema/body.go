package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
)

// Body is what is written of an item: a JSON object whose values are nil, bool, string, int64, float64
// (json.Number where neither holds it), []any, map[string]any and, where a kind has secrets,
// Secret.
type Body map[string]any

// UnmarshalJSON keeps whole numbers exact.
func (b *Body) UnmarshalJSON(data []byte) error {
	value, err := DecodeValue(data)
	if err != nil {
		return err
	}
	switch value := value.(type) {
	case nil:
		*b = nil
	case map[string]any:
		*b = value
	default:
		return fmt.Errorf("want a JSON object, got %.20s", data)
	}
	return nil
}

// DecodeValue reads one JSON value into the types that Body names. Anything after it is an error.
func DecodeValue(data []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	value, err := NextValue(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return value, nil
}

// NextValue reads the next JSON value of a decoder into the types that Body names.
func NextValue(decoder *json.Decoder) (any, error) {
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return exact(value), nil
}

// exact replaces the numbers in value, in place where it can.
func exact(value any) any {
	switch value := value.(type) {
	case json.Number:
		return number(value)
	case []any:
		for i, v := range value {
			value[i] = exact(v)
		}
	case map[string]any:
		for k, v := range value {
			value[k] = exact(v)
		}
	}
	return value
}

func number(n json.Number) any {
	if i, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return i
	}
	if !strings.ContainsAny(n.String(), ".eE") {
		return n // a whole number beyond 64 bits
	}
	if f, err := n.Float64(); err == nil {
		return f + 0 // 0 for -0, which JSON would give back as a whole number
	}
	return n
}

// Merge applies a JSON merge patch (RFC 7396) and returns the result; neither argument is modified.
func Merge(body, patch map[string]any) map[string]any {
	merged := maps.Clone(body)
	if merged == nil {
		merged = make(map[string]any, len(patch))
	}
	for key, change := range patch {
		switch change := change.(type) {
		case nil:
			delete(merged, key)
		case map[string]any:
			below, _ := merged[key].(map[string]any)
			merged[key] = Merge(below, change)
		default:
			merged[key] = change
		}
	}
	return merged
}

// SplitPointer returns the steps of a pointer (RFC 6901) such as "/home/path".
func SplitPointer(pointer string) []string {
	steps := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, step := range steps {
		steps[i] = unescape(step)
	}
	return steps
}

func unescape(step string) string {
	if !strings.Contains(step, "~") { // hardly ever, and a Replacer is dear
		return step
	}
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
}

// Lookup returns what the pointer points to in value, and whether it is there. The empty pointer
// points to value itself.
func Lookup(value any, pointer string) (any, bool) {
	if pointer == "" {
		return value, true
	}
	if body, ok := value.(Body); ok {
		value = map[string]any(body)
	}
	rest, more := strings.TrimPrefix(pointer, "/"), true
	for more { // it is called for every item, and a list of the steps would cost more than the way
		var step string
		step, rest, more = strings.Cut(rest, "/")
		object, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		if value, ok = object[unescape(step)]; !ok {
			return nil, false
		}
	}
	return value, true
}

// Replace returns body with the value at pointer replaced; the objects on the way are copied, so that
// body itself stays as it is. Where the pointer points to nothing, or to all of body, body is returned
// unchanged.
func Replace(body map[string]any, pointer string, value any) map[string]any {
	if _, ok := Lookup(body, pointer); !ok || pointer == "" {
		return body
	}
	return replace(body, SplitPointer(pointer), value)
}

func replace(object map[string]any, steps []string, value any) map[string]any {
	object = maps.Clone(object)
	if len(steps) > 1 {
		value = replace(object[steps[0]].(map[string]any), steps[1:], value)
	}
	object[steps[0]] = value
	return object
}

// Remove returns body without what pointer points to; body itself stays as it is. All of body is not
// removed.
func Remove(body map[string]any, pointer string) map[string]any {
	if _, ok := Lookup(body, pointer); !ok || pointer == "" {
		return body
	}
	return remove(body, SplitPointer(pointer))
}

func remove(object map[string]any, steps []string) map[string]any {
	object = maps.Clone(object)
	if len(steps) == 1 {
		delete(object, steps[0])
	} else {
		object[steps[0]] = remove(object[steps[0]].(map[string]any), steps[1:])
	}
	return object
}
