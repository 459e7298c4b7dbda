package schema

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestDecodeValue(t *testing.T) {
	for input, want := range map[string]any{
		"null":                  nil,
		"true":                  true,
		`"a"`:                   "a",
		"0":                     int64(0),
		"-0":                    int64(0),
		"9223372036854775807":   int64(9223372036854775807),
		"-9223372036854775808":  int64(-9223372036854775808),
		"9223372036854775808":   json.Number("9223372036854775808"),
		"-9223372036854775809":  json.Number("-9223372036854775809"),
		"1" + zeros(100):        json.Number("1" + zeros(100)),
		"1.0":                   1.0,
		"1e2":                   100.0,
		"1.5":                   1.5,
		"1e400":                 json.Number("1e400"),
		"9007199254740993":      int64(9007199254740993),
		` [1,{"a":2.5},[null]]`: []any{int64(1), map[string]any{"a": 2.5}, []any{nil}},
		"{}\n":                  map[string]any{},
	} {
		got, err := DecodeValue([]byte(input))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, %v, want %#v", input, got, err, want)
		}
	}
}

func TestNotOneValue(t *testing.T) {
	for _, input := range []string{"", " ", "{} {}", "1 2", "1,", "{}}", "{", `{"a":1`, "nul", "01", "NaN", "[1]x", strings.Repeat("[", 20000)} {
		if got, err := DecodeValue([]byte(input)); err == nil {
			t.Errorf("%.20s: got %v, want an error", input, got)
		}
	}
}

func TestBodyIsAnObject(t *testing.T) {
	var bodies map[string]Body
	if err := json.Unmarshal([]byte(`{"gone":null,"empty":{},"big":{"n":9007199254740993}}`), &bodies); err != nil {
		t.Fatal(err)
	}
	want := map[string]Body{"gone": nil, "empty": {}, "big": {"n": int64(9007199254740993)}}
	if !reflect.DeepEqual(bodies, want) {
		t.Errorf("got %#v", bodies)
	}
	for _, input := range []string{"[]", `"a"`, "1", "true"} {
		var body Body
		if err := json.Unmarshal([]byte(input), &body); err == nil || !strings.Contains(err.Error(), "want a JSON object") {
			t.Errorf("%s: got %v", input, err)
		}
	}
}

// FuzzDecodeValue wants what was decoded to survive being written and read again.
func FuzzDecodeValue(f *testing.F) {
	for _, seed := range []string{"null", `{"a":[1,1.5,1e400,9223372036854775808]}`, `"\ud800"`, "-0.0", "1E+2", "{} {}", "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := DecodeValue(data)
		if err != nil {
			return
		}
		again, err := DecodeValue([]byte(text(t, first)))
		if err != nil || text(t, again) != text(t, first) {
			t.Fatalf("%q: got %#v, then %#v, %v", data, first, again, err)
		}
	})
}

func zeros(n int) string { return strings.Repeat("0", n) }
