package node

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func nested(depth int) string {
	return strings.Repeat(`{"x":`, depth-1) + "{}" + strings.Repeat("}", depth-1)
}

func TestCanonical(t *testing.T) {
	for body, want := range map[string]string{
		" {} \n":                          `{}`,
		`{"b":1,"a":{"d":null,"c":true}}`: `{"a":{"c":true,"d":null},"b":1}`,
		`{"n":[1.0,1,1e0,-0,0.1e-7,9007199254740993,1e999]}`: `{"n":[1.0,1,1e0,-0,0.1e-7,9007199254740993,1e999]}`,
		`{"s":"\u0041\/\u00e9<>&"}`:                          `{"s":"A/é<>&"}`,
		`{"s":"\ud83d\ude00\\ud800"}`:                        `{"s":"😀\\ud800"}`,
		`{"a":{"x":1},"b":{"x":1}}`:                          `{"a":{"x":1},"b":{"x":1}}`,
		nested(maxDepth):                                     nested(maxDepth),
	} {
		got, err := canonical([]byte(body), maxDepth)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", body, got, err, want)
		}
	}
}

func TestNotCanonical(t *testing.T) {
	for body, want := range map[string]string{
		"":                           "empty, not a JSON object",
		" \n":                        "empty, not a JSON object",
		"null":                       "null, not a JSON object",
		"[{}]":                       "an array, not a JSON object",
		`"{}"`:                       "a string, not a JSON object",
		"1":                          "a number, not a JSON object",
		"true":                       "a boolean, not a JSON object",
		`{"a":`:                      "it ends in the middle of a value",
		`{"a":x}`:                    "invalid character 'x' looking for beginning of value at byte 6",
		`{"a":1}}`:                   "trailing data after byte 7",
		"{}\n{}":                     "trailing data after byte 2",
		`{"a":[{"b":1,"\u0062":2}]}`: `duplicate key "b" at byte 21`,
		"{\"a\":\"\xff\"}":           "not valid UTF-8",
		`{"a":"\ud800"}`:             "half of a surrogate pair at byte 6",
		`{"a":"\ud800\u0041"}`:       "half of a surrogate pair at byte 6",
		`{"a":"\\\udc00"}`:           "half of a surrogate pair at byte 8",
		nested(maxDepth + 1):         "nested too deep at byte 5001",
		nested(20000):                "exceeded max depth",
	} {
		got, err := canonical([]byte(body), maxDepth)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: got %s, %v, want %s", body, got, err, want)
		}
	}
}

// TestDeepest stores, reopens and lists the deepest body: it is wrapped then.
func TestDeepest(t *testing.T) {
	dir := t.TempDir()
	n := openNode(t, dir, Options{NoSync: true})
	if w := n.do("PUT", itemPath("host", "a"), nested(maxDepth)); w.Code != 201 {
		t.Fatalf("%d %.100s", w.Code, w.Body)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = openNode(t, dir, Options{NoSync: true})
	if items := n.list(t, "host", 1); len(items) != 1 || string(items[0].Body) != nested(maxDepth) {
		t.Errorf("%d items", len(items))
	}
}

// FuzzCanonical checks that what is accepted means the same as before, has
// one form only, and can be wrapped.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` {"b":1,"a":[1.0,-0,1e999,null,true,"\u2028<"]}`, `{"a":1,"a":2}`, `{"":{"":{}}}`, `{"s":"\ud83d\ude00"}`,
		`{"s":"\ud800"}`, `{"s":"\\ud800"}`, `{} x`, `[]`, `null`, ``, "{\"\xff\":1}", nested(maxDepth), nested(maxDepth + 1),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		once, err := canonical(data, maxDepth)
		if err != nil {
			return
		}
		twice, err := canonical(once, maxDepth)
		if err != nil || string(twice) != string(once) || !utf8.Valid(once) {
			t.Errorf("%q: once %q, twice %q, %v", data, once, twice, err)
		}
		var before, after any
		if err := numberDecoder(data).Decode(&before); err != nil {
			t.Fatal(err)
		}
		if err := numberDecoder(once).Decode(&after); err != nil || !reflect.DeepEqual(before, after) {
			t.Errorf("%q became %q, %v", data, once, err)
		}
		stored, err := encode(record{1, once})
		if err != nil {
			t.Fatal(err)
		}
		var p page
		w := httptest.NewRecorder()
		if err := errors.Join(p.add("a", stored), p.reply(w)); err != nil {
			t.Fatal(err)
		}
		var got listed
		wrapped := w.Body.Bytes()
		if err := json.Unmarshal(wrapped, &got); err != nil || len(got.Items) != 1 || string(got.Items[0].Body) != string(once) {
			t.Errorf("%q wrapped: %q, %v", once, wrapped, err)
		}
	})
}
