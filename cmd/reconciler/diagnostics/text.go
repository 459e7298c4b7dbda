package diagnostics

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Text writes problems for people: one a line, what is related to it below it, and at last how many
// are not shown.
func Text(problems []schema.Problem) string {
	r := Report{Problems: problems}
	var b strings.Builder
	for _, p := range r.shown() {
		b.WriteString(Printable(p.String()) + "\n")
		for _, related := range p.Related {
			b.WriteString("    " + Printable(related.String()) + "\n")
		}
	}
	if hidden := r.hidden(); hidden != "" {
		b.WriteString(hidden + "\n")
	}
	return b.String()
}

// Printable shows whatever is no printable character, line breaks included, as the escape it is. What is
// printable already stays as it is.
func Printable(text string) string {
	if utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return text
	}
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
