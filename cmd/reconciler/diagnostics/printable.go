package diagnostics

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable shows whatever is no printable character, line breaks included, as the escape it is. What is
// printable already stays as it is, but for what Disarmed changes.
func Printable(text string) string {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		quoted := strconv.Quote(text)
		text = strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
	}
	return Disarmed(text)
}

// Disarmed is text of printable characters in which nobody sees nothing where something is, and which
// runners of workflows do not take for their commands: GitHub's obeys a line that begins with "::", and
// ##[...] wherever it stands; others obey ##name[...].
func Disarmed(text string) string {
	if strings.ContainsFunc(text, invisible) {
		var b strings.Builder
		for _, r := range text {
			if invisible(r) {
				fmt.Fprintf(&b, `\u%04x`, r)
			} else {
				b.WriteRune(r)
			}
		}
		text = b.String()
	}
	if at := strings.TrimLeft(text, " "); strings.HasPrefix(at, "::") {
		text = text[:len(text)-len(at)] + `\x3a` + at[1:]
	}
	if strings.Contains(text, "##") {
		text = regexp.MustCompile(`##([A-Za-z0-9_-]*\[)`).ReplaceAllString(text, `#\x23$1`)
	}
	return text
}

func visible(r rune) bool { return strconv.IsPrint(r) && !invisible(r) }

// invisible tells whether a letter or mark that Unicode calls printable shows nothing, or only changes how
// the one before it looks.
func invisible(r rune) bool {
	switch r {
	case '\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u2800', '\u3164', '\uffa0':
		return true
	}
	return unicode.Is(unicode.Variation_Selector, r)
}
