package main

import (
	"fmt"
	"strings"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/diagnostics"
	"github.com/gitops-reconciler/reconciler/schema"
)

// How much of a sentence and of a name is shown. Of what nobody could read, the two ends tell more than the
// middle.
const (
	longestSentence = 2000
	longestName     = 160
)

// oneLine shows a name or a sentence from a file or a server on one line, whatever is in it.
func oneLine(text string) string { return middle(diagnostics.Printable(text), longestSentence) }

// short shows a name.
func short(text string) string { return middle(diagnostics.Printable(text), longestName) }

// itemName shows an item.
func itemName(key schema.Key) string { return short(key.String()) }

// middle leaves out what is in the middle of a text that is too long.
func middle(text string, longest int) string {
	runes := []rune(text)
	if len(runes) <= longest {
		return text
	}
	half := longest / 2
	return string(runes[:half]) + fmt.Sprintf("...(%d more characters)...", len(runes)-2*half) + string(runes[len(runes)-half:])
}

// printable shows what a terminal or a forge might obey as the escape it is. Line breaks stay, and what
// comes after one is indented, so that it cannot be taken for a line of ours.
func printable(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = oneLine(line)
	}
	return strings.Join(lines, "\n  ")
}
