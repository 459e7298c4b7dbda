package diagnostics

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// encodeGitHub writes a workflow command for each problem: GitHub shows it at the line it is about.
func encodeGitHub(r Report) []byte {
	var b strings.Builder
	for _, p := range r.shown() {
		fmt.Fprintf(&b, "::error %s::%s\n", properties(p), data(told(p)))
	}
	if hidden := r.hidden(); hidden != "" {
		fmt.Fprintf(&b, "::notice::%s\n", data(hidden))
	}
	return []byte(b.String())
}

// Command is a workflow command that shows a message of one or more lines under a title; level is error,
// warning or notice.
func Command(level, title, message string) string {
	lines := strings.Split(message, "\n")
	for i, line := range lines {
		lines[i] = Printable(line)
	}
	return fmt.Sprintf("::%s title=%s::%s\n", level, property(title), data(strings.Join(lines, "\n")))
}

func properties(p schema.Problem) string {
	all := []string{"title=" + property(p.Rule)}
	if p.At.Line > 0 {
		all = append([]string{fmt.Sprintf("line=%d", p.At.Line), fmt.Sprintf("col=%d", p.At.Column)}, all...)
	}
	if p.At.File != "" {
		all = append([]string{"file=" + property(filepath.ToSlash(p.At.File))}, all...)
	}
	return strings.Join(all, ",")
}

// told is a problem in words, and what is related to it on lines of its own.
func told(p schema.Problem) string {
	lines := []string{Printable(p.Sentence())}
	for _, related := range p.Related {
		lines = append(lines, Printable(related.String()))
	}
	return strings.Join(lines, "\n")
}

// data escapes what stands after the second pair of colons.
func data(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// property escapes the value of a property, where commas and colons mean something too.
func property(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(Printable(text)))
}
