package diagnostics_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/diagnostics"
)

func TestPrintableDisarms(t *testing.T) {
	for text, want := range map[string]string{
		"a\u3164b\ufe0fc\u115fd":  `a\u3164b\ufe0fc\u115fd`,
		"a\u200bb\u2066c":         `a\u200bb\u2066c`,
		"e\u0301":                 "e\u0301",
		"::error::x":              `\x3a:error::x`,
		"  ::stop-commands::x":    `  \x3a:stop-commands::x`,
		"a::b":                    "a::b",
		"x ##[add-mask]y":         `x #\x23[add-mask]y`,
		"##vso[task.setvariable]": `#\x23vso[task.setvariable]`,
		"## heading [x]":          "## heading [x]",
		"\r\n::error::":           `\r\n::error::`,
		"###[x]":                  `##\x23[x]`,
		"\U000e0101":              `\ue0101`,
		"back\\slash":             `back\slash`,
		`::\u0000` + "\x00":       `\x3a:\\u0000\x00`,
	} {
		if got := diagnostics.Printable(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// FuzzPrintable: whatever comes in, what comes out is one line that acts on nothing, and is safe to show again.
func FuzzPrintable(f *testing.F) {
	f.Add(hostile)
	f.Add("##" + "##[[")
	f.Fuzz(func(t *testing.T, text string) {
		shown := diagnostics.Printable(text)
		if !utf8.ValidString(shown) || strings.ContainsFunc(shown, func(r rune) bool { return !unicode.IsPrint(r) || unicode.Is(unicode.Variation_Selector, r) }) {
			t.Errorf("%q is shown as %q", text, shown)
		}
		if strings.HasPrefix(strings.TrimSpace(shown), "::") || strings.Contains(shown, "##[") {
			t.Errorf("%q is shown as a command: %q", text, shown)
		}
		if again := diagnostics.Printable(shown); again != shown {
			t.Errorf("%q is shown as %q, and that as %q", text, shown, again)
		}
	})
}
