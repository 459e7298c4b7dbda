package load

import (
	"encoding/json"
	"strings"
	"testing"

	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/parser"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestWrite writes a file as `cue fmt` would leave it, in the order in which people count.
func TestWrite(t *testing.T) {
	got, err := Write("mft", []Section{
		{
			Path: []string{"cluster", "items"}, About: []string{"Ends here: \n*/ x: 1", strings.Repeat("word ", 30)}, After: []string{"Not written."},
			Items: schema.Items{"host": {
				"h10": {"a": "x\ny\n", "b-c": int64(1)}, "h9": {"in": true, "list": []any{map[string]any{"name": "n", "_x": 1.5}, map[string]any{"deep": []any{}}}},
			}, "folder": {"f": {"path": "\\(x)"}}},
		},
		{Path: []string{"cluster", "peers", "1001", "items"}, Items: schema.Items{"host": {"h9": nil, "h1": {"a": nil}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `package mft

// Ends here: */ x: 1
// word word word word word word word word word word word word word word word word word word word word word
// word word word word word word word word word
cluster: items: folder: f: path: "\\(x)"

cluster: items: host: {
	h9: {
		in: true
		list: [{"_x": 1.5, name: "n"}, {
			deep: []
		}]
	}
	h10: {
		a:     "x\ny\n"
		"b-c": 1
	}
}

// Not written.

cluster: peers: "1001": items: host: {
	h1: a: null
	h9: null
}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

// TestWriteIsAsFormatted writes random bodies: `cue fmt` changes nothing in them, and where no null is among
// them they are evaluated apart.
func TestWriteIsAsFormatted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var body schema.Body
		data, err := json.Marshal(rapid.MapOfN(rapid.String(), rapid.OneOf(
			rapid.Map(rapid.String(), func(s string) any { return s }),
			rapid.Map(rapid.Int64(), func(i int64) any { return i }),
			rapid.Map(rapid.SliceOfN(rapid.MapOfN(rapid.String(), rapid.String(), 0, 3), 0, 3), func(l []map[string]string) any { return l }),
		), 0, 4).Draw(t, "body"))
		if err == nil {
			err = json.Unmarshal(data, &body)
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := Write("mft", []Section{{Path: []string{"cluster", "items"}, Items: schema.Items{"host": {rapid.String().Draw(t, "id"): body}}, About: []string{rapid.String().Draw(t, "about")}}})
		if err != nil {
			t.Fatal(err)
		}
		formatted, err := format.Source(text, format.Simplify())
		if err != nil || string(formatted) != string(text) {
			t.Fatalf("cue fmt: %v\n%s\nwritten:\n%s", err, formatted, text)
		}
		file, err := parser.ParseFile("x.cue", text)
		if err != nil {
			t.Fatal(err)
		}
		if _, literal := literalItems(file); !literal {
			t.Fatalf("not evaluated apart:\n%s", text)
		}
	})
}
