package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// wrote names the files that were written.
func (u *ui) wrote(dir string, done []load.Edit) error {
	if len(done) == 0 {
		return u.line("Nothing to write to %s.", printable(dir))
	}
	return u.line("Wrote to %s:\n%s", printable(dir), indented(brief(done)))
}

// inTheWay refuses to write over files.
func (u *ui) inTheWay(there []string) error {
	u.note("%s nothing was written, since these are there already:\n%s\nMove them away, name another folder with --out, or give --force to replace them.",
		paint(u.errColor, red, "error:"), printable(indented(there)))
	return exit{code: exitError}
}

// dumped says what a dump has, and what it has not: nothing is dropped in silence.
func (u *ui) dumped(d *dump) {
	u.note("%s", paint(u.errColor, bold, fmt.Sprintf("%s of %s.", count(len(d.written()), "item"), verb(d.readable(), "peer", "peers"))))
	for _, s := range d.surveyed {
		for _, kind := range slices.Sorted(maps.Keys(s.Problems)) {
			u.note("%s %s: not read: %s", paint(u.errColor, red, "!"), s.Serial, printable(s.Problems[kind]))
		}
		if s.Left > 0 {
			u.note("%s: %s left out: its own affair, as the cluster says", s.Serial, verb(s.Left, "item is", "items are"))
		}
	}
	lacks := d.emptied()
	for _, serial := range slices.SortedFunc(maps.Keys(lacks), schema.CompareSerials) {
		u.note("%s %s: it holds nothing, and lacks %s that the others have in common. It looks emptied or new: nothing is written for it, and the next apply gives it what they have. If it is to be without, let it share less.",
			paint(u.errColor, red, "!"), serial, count(lacks[serial], "item"))
	}
	u.list("Not written, for the reasons beside them in the files:", d.unwritten())
	u.list("Left out, since the vocabulary does not have it:", d.leftOut())
	u.list("Git would give what the peer has not:", d.additions())
	hidden := d.hidden()
	for _, kind := range slices.Sorted(maps.Keys(hidden)) {
		u.note("Secrets of %s that the servers do not show stay as they are there (%s); --secrets writes references.",
			kind, count(hidden[kind], "item"))
	}
	u.list("To be provided before the next plan:", d.references())
}

// list prints a list below a title, if there is any.
func (u *ui) list(title string, lines []string) {
	if len(lines) > 0 {
		u.note("%s\n%s", title, printable(indented(lines)))
	}
}

// written are the items that are written, each once.
func (d *dump) written() map[schema.Key]bool {
	keys := map[schema.Key]bool{}
	for h, f := range d.fitted {
		if f.Problem == "" {
			keys[h.Key] = true
		}
	}
	return keys
}

// readable counts the peers that could be read.
func (d *dump) readable() int {
	n := 0
	for _, s := range d.surveyed {
		if s.Problems[""] == "" {
			n++
		}
	}
	return n
}

func (d *dump) unwritten() []string {
	var lines []string
	for _, h := range d.holders {
		if problem := d.fitted[h].Problem; problem != "" {
			lines = append(lines, fmt.Sprintf("%s of %s: %s", h.Key, h.serial, problem))
		}
	}
	return lines
}

func (d *dump) leftOut() []string {
	dropped := d.dropped()
	var lines []string
	for _, kind := range slices.Sorted(maps.Keys(dropped)) {
		var fields []string
		for _, pointer := range slices.Sorted(maps.Keys(dropped[kind])) {
			fields = append(fields, fmt.Sprintf("%s (%s)", pointer, count(dropped[kind][pointer], "item")))
		}
		lines = append(lines, kind+": "+strings.Join(fields, ", "))
	}
	return lines
}

func (d *dump) additions() []string {
	var lines []string
	for _, h := range d.holders {
		if added := d.fitted[h].Added; len(added) > 0 {
			lines = append(lines, fmt.Sprintf("%s of %s: %s", h.Key, h.serial, strings.Join(added, ", ")))
		}
	}
	return lines
}

func (d *dump) references() []string {
	provided := d.provided()
	var lines []string
	for _, reference := range slices.SortedFunc(maps.Keys(provided), schema.CompareSerials) {
		lines = append(lines, fmt.Sprintf("%s  for %s", strings.TrimPrefix(reference, "env:"), provided[reference]))
	}
	return lines
}
