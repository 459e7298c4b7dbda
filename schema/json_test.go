package schema

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// object parses a JSON object written in a test.
func object(t testing.TB, text string) map[string]any {
	t.Helper()
	var body Body
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return body
}

// text writes a value so that two can be compared and shown.
func text(t rapid.TB, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("%#v: %v", value, err)
	}
	return string(data)
}

// key has few values, so that two objects often share some; some need escapes in a pointer.
func key() *rapid.Generator[string] { return rapid.SampledFrom([]string{"", "a", "b", "/", "~", "~1"}) }

func value(depth int) *rapid.Generator[any] {
	plain := rapid.SampledFrom([]any{nil, true, int64(1), int64(2), 1.5, "", "x", []any{}, []any{nil, "x"}})
	if depth == 0 {
		return plain
	}
	below := rapid.Map(objects(depth-1), func(o map[string]any) any { return o })
	return rapid.OneOf(plain, below)
}

func objects(depth int) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(key(), value(depth), 0, 3)
}
