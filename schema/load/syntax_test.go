package load

import (
	"strings"
	"testing"
)

func TestSyntaxIsClarified(t *testing.T) {
	for text, want := range map[string]string{
		"a: {\n\tb: {\n\t\tc: 1\n}\n":          "is not closed yet; look at the one on line 4 [",
		"a: {\n\tb: \"}\" // }\n":              "is not closed yet; look at the one on line 3 [",
		"a: [\n\t1,\n":                         "is not closed yet; look at the one on line 3 [",
		"a: {b: 1}}\n":                         "something stands after the end; a } or ] before it may be one too many [",
		"a: \"b\n":                             "x.cue:3:4: a string does not end on its line; close it with \" [",
		"peers: 1001: address: \"n1\"\n":       `stands in quotes: "1001" [`,
		"peers: hc-2: address: \"n1\"\n":       `stands in quotes: "hc-2" [`,
		"a: {\n\tb:\n\t  - serial: \"x\"\n}\n": "; this is YAML; in CUE a list is [a, b], ",
		"a: {\n\tb = 1\n}\n":                   "; a field is written name: value; look at the line above [",
		"a \"b\": 1\n":                         "; a field is written name: value [",
	} {
		in := Input{Files: map[string][]byte{"x.cue": []byte("package x\n\n" + text)}, Dir: "."}
		if got := say(Load(in)); !strings.Contains(got, want) || !strings.Contains(got, "[syntax]") {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// TestTextIsNoLabel: what stands in a string is not taken for a label.
func TestTextIsNoLabel(t *testing.T) {
	in := Input{Files: map[string][]byte{"x.cue": []byte("package x\n\na: {b \"at 10:00\"}\n")}, Dir: "."}
	if got := say(Load(in)); strings.Contains(got, "quotes") || !strings.Contains(got, "[syntax]") {
		t.Errorf("got %s", got)
	}
}
