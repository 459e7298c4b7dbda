package diagnostics_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/diagnostics"
	"github.com/gitops-reconciler/reconciler/schema"
)

// hostile is what somebody might write into a file to act on whoever reads about it: an escape of a
// terminal in both forms, a carriage return, line breaks with commands of each format after them, text that
// is an escape already, and letters that change the direction of those after them.
const hostile = "a\x1b[31m\u009b2J\r\n::error file=x::y\n%0A::stop-commands::z\n{0} ]]>&<failure/>\u202e\u2028,:\x00\xff\"\\"

func report() diagnostics.Report {
	return diagnostics.Report{
		Version: "1.2.3",
		Rules: []schema.Rule{
			{ID: "peer-group-exists", Sentence: "A peer's group is declared.", Remedy: "declare it"},
			{ID: "schema", Sentence: "Every field is one."},
			{ID: "group-layout", Sentence: "Groups are mixed.", Product: "cleo"},
		},
		Problems: []schema.Problem{
			{
				Rule: "peer-group-exists", Path: []string{"cluster", "peers", "1001", "group"}, Message: "group is not declared",
				Remedy: "declare it", At: schema.Position{File: "clusters/a b.cue", Line: 8, Column: 36},
				Related: []schema.Related{{Path: []string{"cluster", "groups"}, Message: "the groups", At: schema.Position{File: "groups.cue", Line: 2, Column: 1}}},
			},
			{Rule: "schema", Message: "no line", At: schema.Position{File: "elsewhere"}},
			{Rule: "schema", Message: "no place at all"},
			{
				Rule: "odd,:" + hostile, Path: []string{hostile}, Message: hostile, Remedy: hostile,
				At:      schema.Position{File: hostile, Line: 1, Column: 1},
				Related: []schema.Related{{Message: hostile, At: schema.Position{File: hostile, Line: 1, Column: 1}}},
			},
		},
	}
}

func valid() diagnostics.Report {
	r := report()
	r.Cluster, r.Product, r.Problems = "mft", "node", nil
	return r
}

func many() diagnostics.Report {
	r := report()
	r.Problems = nil
	for i := range 73 {
		r.Problems = append(r.Problems, schema.Problem{Rule: "schema", Message: "wrong", At: schema.Position{File: "a.cue", Line: i + 1, Column: 1}})
	}
	return r
}

func encode(t *testing.T, format string, r diagnostics.Report) []byte {
	t.Helper()
	data, err := diagnostics.Encode(format, r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestNothingActsOnATerminal looks for control characters in every format.
func TestNothingActsOnATerminal(t *testing.T) {
	outputs := map[string]string{"text": diagnostics.Text(report().Problems)}
	for _, format := range diagnostics.Formats() {
		outputs[format] = string(encode(t, format, report()))
	}
	for format, output := range outputs {
		for i, r := range output {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("%s: %U at %d, after %q", format, r, i, output[max(0, i-20):i])
			}
		}
	}
}

func TestTextShowsOneProblemALineAndWhatIsRelatedBelow(t *testing.T) {
	r := report()
	want := `clusters/a b.cue:8:36: cluster.peers."1001".group: group is not declared; declare it [peer-group-exists]
    groups.cue:2:1: the groups
elsewhere: no line [schema]
no place at all [schema]
`
	if got := diagnostics.Text(r.Problems[:3]); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if lines := strings.Count(diagnostics.Text(r.Problems[3:]), "\n"); lines != 2 {
		t.Errorf("a hostile message makes %d lines, want 2", lines)
	}
	if got := diagnostics.Text(many().Problems); !strings.HasSuffix(got, "a.cue:50:1: wrong [schema]\n... and 23 more\n") {
		t.Errorf("capped: %s", got)
	}
}

func TestPrintableLeavesWhatIsPrintable(t *testing.T) {
	for text, want := range map[string]string{
		`plain "quoted" \ ünïcode 日本`: `plain "quoted" \ ünïcode 日本`,
		"\x1b[31m":                    `\x1b[31m`,
		"\u009b":                      `\u009b`,
		"\xff":                        `\xff`,
		"a\nb":                        `a\nb`,
	} {
		if got := diagnostics.Printable(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestEncodeRefusesOtherFormats(t *testing.T) {
	if _, err := diagnostics.Encode("xml", valid()); err == nil || fmt.Sprint(err) != `there is no format "xml"` {
		t.Errorf("got %v", err)
	}
}
