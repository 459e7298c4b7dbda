package diagnostics

import (
	"strings"

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
