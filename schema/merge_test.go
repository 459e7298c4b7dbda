package schema

import (
	"maps"
	"testing"

	"pgregory.net/rapid"
)

// TestMerge is the table of RFC 7396, appendix A, as far as both sides are objects.
func TestMerge(t *testing.T) {
	for _, c := range []struct{ body, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		// Not in the appendix: an object over what is none, and nothing at all.
		{`{"a":["b"]}`, `{"a":{"c":1,"d":null}}`, `{"a":{"c":1}}`},
		{`null`, `{"a":1}`, `{"a":1}`},
		{`{"a":1}`, `null`, `{"a":1}`},
		{`null`, `null`, `{}`},
		{`{"a":1}`, `{"a":[null]}`, `{"a":[null]}`},
	} {
		if got := text(t, Merge(object(t, c.body), object(t, c.patch))); got != c.want {
			t.Errorf("%s with %s: got %s, want %s", c.body, c.patch, got, c.want)
		}
	}
}

func TestMergeAgreesWithTheRFC(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body, patch := objects(3).Draw(t, "body"), objects(3).Draw(t, "patch")
		before := text(t, body) + text(t, patch)
		got, want := text(t, Merge(body, patch)), text(t, mergePatch(body, patch))
		if got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		if text(t, body)+text(t, patch) != before {
			t.Fatal("an argument was modified")
		}
	})
}

// mergePatch is the RFC's own pseudo-code, on copies.
func mergePatch(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	merged := map[string]any{}
	if old, ok := target.(map[string]any); ok {
		maps.Copy(merged, old)
	}
	for name, value := range changes {
		if value == nil {
			delete(merged, name)
		} else {
			merged[name] = mergePatch(merged[name], value)
		}
	}
	return merged
}
