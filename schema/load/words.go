package load

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue/literal"
)

// What CUE writes of values and types, in words.

// wanted names what a type or a bound of CUE's wants.
func wanted(text string) string {
	plain := map[string]string{
		"string": "a string", "int": "a whole number", "uint": "a whole number, 0 or more", "number": "a number",
		"float": "a number", "bool": "true or false", "bytes": "bytes", "null": "null", "_": "a value",
	}
	switch {
	case plain[text] != "":
		return plain[text]
	case unquoted(text) != text:
		return text
	case strings.HasPrefix(text, "["):
		return "a list"
	case strings.HasPrefix(text, "{"):
		return "a struct ({...})"
	case strings.Contains(text, " | "):
		return oneOf(each(strings.Split(text, " | "), wanted))
	case strings.HasPrefix(text, "*"):
		return wanted(text[1:])
	}
	return strings.Join(slices.Compact(each(strings.Split(text, " & "), bound)), " and ")
}

// bound is one of CUE's in words; it is left as it is where there are none.
func bound(text string) string {
	for _, b := range []struct{ sign, before, after string }{
		{"=~", "a string that matches ", ""},
		{"!~", "a string that does not match ", ""},
		{"!=", "anything but ", ""},
		{">=", "", " or more"},
		{"<=", "", " or less"},
		{">", "more than ", ""},
		{"<", "less than ", ""},
	} {
		rest, found := strings.CutPrefix(text, b.sign)
		switch {
		case !found:
			continue
		case b.sign == "=~" && beginning(rest) != "":
			return "a string that begins with " + beginning(rest)
		case b.sign == "!=":
			return b.before + rest
		}
		return b.before + unquoted(rest) + b.after
	}
	if text == "int" || text == "string" || text == "number" {
		return wanted(text)
	}
	return text
}

// beginning is what a pattern such as "^/" demands, "" if it demands more than that.
func beginning(pattern string) string {
	text := unquoted(pattern)
	begin, found := strings.CutPrefix(text, "^")
	if !found || begin == "" || regexp.QuoteMeta(begin) != begin {
		return ""
	}
	return begin
}

func unquoted(text string) string {
	if plain, err := literal.Unquote(text); err == nil {
		return plain
	}
	return text
}

// shown is a value that people wrote, at a bearable length.
func shown(text string) string {
	const most = 60
	switch {
	case strings.HasPrefix(text, "["):
		return "a list"
	case strings.HasPrefix(text, "{"):
		return "a struct ({...})"
	case len(text) <= most:
		return text
	case isText(text):
		return cut(text, most) + `..."`
	}
	return cut(text, most) + "..."
}

// cut is the beginning of a text, of no more bytes than that.
func cut(text string, most int) string {
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// oneOf lists choices: a, b or c.
func oneOf(choices []string) string {
	if len(choices) < 2 {
		return strings.Join(choices, "")
	}
	last := len(choices) - 1
	return strings.Join(choices[:last], ", ") + " or " + choices[last]
}

// listed names as many as can be borne, and counts the others.
func listed(names []string) string {
	const most = 160
	length := 0
	for i, name := range names {
		if length += len(name) + 2; length > most && i > 0 {
			return fmt.Sprintf("%s and %d more", strings.Join(names[:i], ", "), len(names)-i)
		}
	}
	return strings.Join(names, ", ")
}

func quoted(text string) string { return strconv.Quote(text) }

func each(texts []string, change func(string) string) []string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = change(text)
	}
	return all
}
