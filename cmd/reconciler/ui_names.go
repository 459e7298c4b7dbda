package main

import (
	"fmt"
	"strings"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/diagnostics"
	"github.com/gitops-reconciler/reconciler/schema"
)

// oneLine shows a name or a sentence from a file or a server on one line, whatever is in it.
func oneLine(text string) string { return diagnostics.Printable(text) }

// itemName shows an item. Of an id that nobody could read, its two ends tell more than its middle.
func itemName(key schema.Key) string { return middle(oneLine(key.String())) }

// longest is how much of a name is shown.
const longest = 160

func middle(text string) string {
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
