package main

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// print writes text to standard output. On a terminal that is too narrow for a sentence, it goes on below at
// a whole word; what is indented already, names and values, is left as it is, so that it can be copied.
func (u *ui) print(text string) error {
	if width := u.terminal.outWidth; width > 0 {
		var b strings.Builder
		for line := range strings.Lines(text) {
			b.WriteString(wrapped(line, width))
		}
		text = b.String()
	}
	_, err := u.out.Write([]byte(text))
	return err
}

func wrapped(line string, width int) string {
	if strings.HasPrefix(line, " ") || widthOf(line) <= width {
		return line
	}
	var b strings.Builder
	at := 0
	for i, word := range strings.Split(line, " ") {
		switch n := widthOf(word); {
		case i == 0:
			at = n
		case at+1+n > width:
			b.WriteString("\n  ")
			at = 2 + n
		default:
			b.WriteString(" ")
			at += 1 + n
		}
		b.WriteString(word)
	}
	return b.String()
}

// widthOf is how wide a text is, without the colours in it and the line break at its end.
func widthOf(text string) int {
	plain := regexp.MustCompile("\x1b\\[[0-9]*m|\n").ReplaceAllString(text, "")
	return utf8.RuneCountInString(plain)
}
