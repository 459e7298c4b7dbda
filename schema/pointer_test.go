package schema

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSplitPointer(t *testing.T) {
	for pointer, want := range map[string][]string{
		"/a":        {"a"},
		"/a/b":      {"a", "b"},
		"/":         {""},
		"//":        {"", ""},
		"/a~1b":     {"a/b"},
		"/m~0n":     {"m~n"},
		"/~01":      {"~1"},
		"/~10":      {"/0"},
		"/~0~1/~2~": {"~/", "~2~"},
	} {
		if got := SplitPointer(pointer); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", pointer, got, want)
		}
	}
}

func TestLookup(t *testing.T) {
	body := object(t, `{"a":{"b":1,"n":null},"/":{"~":2},"":3,"l":[4]}`)
	for pointer, want := range map[string]string{
		"":       text(t, body),
		"/a/b":   "1",
		"/a/n":   "null",
		"/a":     `{"b":1,"n":null}`,
		"/~1/~0": "2",
		"/":      "3",
		"/l":     "[4]",
	} {
		if got, ok := Lookup(body, pointer); !ok || text(t, got) != want {
			t.Errorf("%s: got %v, %v, want %s", pointer, got, ok, want)
		}
	}
	for _, pointer := range []string{"/x", "/a/x", "/a/b/c", "/a/n/x", "/l/0", "/~1/~1", "//"} {
		if got, ok := Lookup(body, pointer); ok || got != nil {
			t.Errorf("%s: got %v, want nothing", pointer, got)
		}
	}
}

func TestLookupInABody(t *testing.T) {
	body := Body{"a": map[string]any{"b": "c"}}
	if got, ok := Lookup(body, "/a/b"); !ok || got != "c" {
		t.Errorf("got %v, %v", got, ok)
	}
}

// TestTheBodyItselfStays: the empty pointer names no part that could be replaced or removed.
func TestTheBodyItselfStays(t *testing.T) {
	body := Body{"": 1, "a": 2}
	for _, got := range []map[string]any{Replace(body, "", 3), Remove(body, "")} {
		if text(t, got) != `{"":1,"a":2}` {
			t.Errorf("got %s", text(t, got))
		}
	}
}

func TestReplaceAndRemove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := objects(3).Draw(t, "body")
		steps := rapid.SliceOfN(key(), 1, 3).Draw(t, "steps")
		pointer, before := pointerOf(steps), text(t, body)
		_, there := Lookup(body, pointer)
		replaced, removed := Replace(body, pointer, "new"), Remove(body, pointer)
		if text(t, body) != before {
			t.Fatal("the body was modified")
		}
		if !there && (text(t, replaced) != before || text(t, removed) != before) {
			t.Fatalf("%s points to nothing, and yet something changed", pointer)
		}
		if got, ok := Lookup(replaced, pointer); there && (!ok || got != "new") {
			t.Fatalf("%s: got %v after Replace", pointer, got)
		}
		if got, ok := Lookup(removed, pointer); ok {
			t.Fatalf("%s: got %v after Remove", pointer, got)
		}
	})
}

// TestReplaceTouchesNothingElse puts the old value back, which must give the old body.
func TestReplaceTouchesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := objects(3).Draw(t, "body")
		pointer := pointerOf(rapid.SliceOfN(key(), 1, 3).Draw(t, "steps"))
		old, _ := Lookup(body, pointer)
		if got := Replace(Replace(body, pointer, "new"), pointer, old); text(t, got) != text(t, body) {
			t.Fatalf("%s: got %s", pointer, text(t, got))
		}
	})
}

func pointerOf(steps []string) string {
	var b strings.Builder
	for _, step := range steps {
		b.WriteString("/" + strings.ReplaceAll(strings.ReplaceAll(step, "~", "~0"), "/", "~1"))
	}
	return b.String()
}
