package main

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// digest is a document in Markdown: what it comes to, and then details, of which the middle is left out
// where there is no room for all. A forge renders it for people who trust it, so that names from files and
// servers appear in code only: there they are neither markup, nor links, nor mentions of people.
type digest struct {
	marker string // by which a program finds its own comment again
	title  string // Markdown, as the notes and the cells are
	notes  []string
	table  [][]string // its first row is the head
	parts  []part
	all    string // where all of it can be seen
}

// part is details of one kind. A unit is shown or left out as a whole; it has one or more lines of
// printable characters.
type part struct {
	name  string
	units []string
}

// mostRows is how many rows a table has, and how many notes there are.
const mostRows = 40

func (d digest) render(room int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- reconciler: %s -->\n### %s\n", marked(d.marker), d.title)
	notes := make([]string, len(d.notes))
	for i, note := range d.notes {
		notes[i] = "\n" + note + "\n"
	}
	b.WriteString(few(notes, room/4, "\n... and %d more\n"))
	b.WriteString(d.rows(room / 4))
	return b.String() + d.details(room-units(b.String()))
}

func (d digest) rows(room int) string {
	if len(d.table) < 2 {
		return ""
	}
	columns := len(d.table[0])
	lines := make([]string, len(d.table))
	for i, row := range d.table {
		lines[i] = "| " + strings.Join(row, " | ") + " |\n"
	}
	lines[0] = "\n" + lines[0] + "|" + strings.Repeat(" --- |", columns) + "\n"
	return few(lines, room, "| ... and %d more |"+strings.Repeat(" |", columns-1)+"\n")
}

// few are the first of some lines, as many as there is room for, and how many more there are.
func few(lines []string, room int, more string) string {
	var b strings.Builder
	for i, line := range lines {
		if room -= units(line); room < 0 || i > mostRows {
			fmt.Fprintf(&b, more, len(lines)-i)
			break
		}
		b.WriteString(line)
	}
	return b.String()
}

// details are the parts, without those units in the middle for which there is no room.
func (d digest) details(room int) string {
	total := 0
	for _, s := range d.parts {
		total += len(s.units)
	}
	if whole := d.between(0, total); units(whole) <= room {
		return whole
	}
	// From both ends inwards; a unit that does not fit ends its side.
	left := room - units(d.gap(total, total))
	head, left := d.fill(left/2+left%2, left, false)
	tail, _ := d.fill(left, left, true)
	tail = min(tail, total-head)
	return d.between(0, head) + d.gap(total-head-tail, total) + d.between(total-tail, total)
}

// fill counts the units that fit into a part of the room, from the front or the back, and returns what is
// left of all of it.
func (d digest) fill(part, all int, back bool) (n, left int) {
	parts := d.parts
	for i := range parts {
		s := parts[i]
		if back {
			s = parts[len(parts)-1-i]
		}
		cost := units(s.open(fence(s.units)) + s.close(fence(s.units)))
		for j := range s.units {
			u := s.units[j]
			if back {
				u = s.units[len(s.units)-1-j]
			}
			if cost += units(dedent(u)); cost > part {
				return n, all
			}
			part, all, cost, n = part-cost, all-cost, 0, n+1
		}
	}
	return n, all
}

// between are the units from one to another, in their parts.
func (d digest) between(from, to int) string {
	var b strings.Builder
	at := 0
	for _, s := range d.parts {
		first, last := max(from-at, 0), min(to-at, len(s.units))
		at += len(s.units)
		if first >= last {
			continue
		}
		f := fence(s.units)
		b.WriteString(s.open(f))
		for _, u := range s.units[first:last] {
			b.WriteString(dedent(u))
		}
		b.WriteString(s.close(f))
	}
	return b.String()
}

func (d digest) gap(out, total int) string {
	return fmt.Sprintf("\n**%d of %d entries are left out here, in the middle, because there is no room for them; %s.**\n", out, total, d.all)
}

func (s part) open(fence string) string {
	return fmt.Sprintf("\n<details><summary>%s</summary>\n\n%sdiff\n", verbatim(s.name), fence)
}

func (s part) close(fence string) string { return fence + "\n\n</details>\n" }

// fence is longer than any row of backticks in what it encloses.
func fence(units []string) string {
	longest := 2
	for _, u := range units {
		row := 0
		for _, r := range u {
			if row++; r != '`' {
				row = 0
			}
			longest = max(longest, row)
		}
	}
	return strings.Repeat("`", longest+1)
}

// dedent puts the sign of a change at the beginning of its line, where forges look for it.
func dedent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimPrefix(line, "  "))
	}
	return b.String()
}

// units counts as JavaScript does, and so as forges do.
func units(text string) int { return len(utf16.Encode([]rune(text))) }

// verbatim shows any text as it is, within a line, a heading, a table or HTML. What could be markup is written
// as a number.
func verbatim(text string) string {
	var b strings.Builder
	b.WriteString("<code>")
	for _, r := range oneLine(text) {
		if r < 0x80 && !alphanumeric(r) && !strings.ContainsRune(" ,()-", r) {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String() + "</code>"
}

// marked is a text for a comment of HTML, which ends at two dashes.
func marked(text string) string {
	return strings.Map(func(r rune) rune {
		if alphanumeric(r) || r == ' ' || r == '.' || r == '_' {
			return r
		}
		return '_'
	}, text)
}
