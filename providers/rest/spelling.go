package rest

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// spelling is a text, by its characters, in all the ways in which servers write what they repeat: as it
// is, quoted (in JSON, or in a text within JSON), in a URL, in HTML.
type spelling []character

// character is one, in its ways. Backslashes may stand before all of them, and do before the escapes.
type character struct {
	r              rune
	plain, escapes []string
}

func spell(text string) spelling {
	var s spelling
	for _, r := range text {
		s = append(s, character{r, slices.Concat([]string{string(r)}, inURL(r), inHTML(r)), escapes(r)})
	}
	return s
}

// lengths returns how much of the beginning of text can be the character.
func (c character) lengths(text string) []int {
	bare := strings.TrimLeft(text, `\`)
	slashes := len(text) - len(bare)
	var all []int
	forms := c.plain
	if slashes > 0 {
		forms = slices.Concat(c.plain, c.escapes)
	}
	for _, form := range forms {
		if len(bare) >= len(form) && strings.EqualFold(bare[:len(form)], form) {
			all = append(all, slashes+len(form))
		}
	}
	if c.r == '\\' {
		for n := range slashes {
			all = append(all, n+1)
		}
	}
	return all
}

// escapes are what follows the backslashes.
func escapes(r rune) []string {
	forms := []string{fmt.Sprintf("u%04x", r), fmt.Sprintf("U%08x", r), fmt.Sprintf("x%02x", r)}
	if at := strings.IndexRune("\a\b\f\n\r\t\v", r); at >= 0 {
		forms = append(forms, "abfnrtv"[at:at+1])
	}
	if high, low := utf16.EncodeRune(r); high != unicode.ReplacementChar {
		forms = append(forms, fmt.Sprintf(`u%04x\u%04x`, high, low), fmt.Sprintf(`u%04x\\u%04x`, high, low))
	}
	for _, form := range inHTML(r) {
		forms = append(forms, "u0026"+form[1:])
	}
	return forms
}

func inURL(r rune) []string {
	var once strings.Builder
	for _, octet := range []byte(string(r)) {
		fmt.Fprintf(&once, "%%%02x", octet)
	}
	forms := []string{once.String(), strings.ReplaceAll(once.String(), "%", "%25")}
	if r == ' ' {
		forms = append(forms, "+")
	}
	return forms
}

func inHTML(r rune) []string {
	forms := []string{fmt.Sprintf("&#%d;", r), fmt.Sprintf("&#x%x;", r)}
	if at := strings.IndexRune(`&<>"'`, r); at >= 0 {
		forms = append(forms, []string{"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"}[at])
	}
	return forms
}
