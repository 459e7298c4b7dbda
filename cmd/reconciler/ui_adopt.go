package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// adopted shows what the files will say, whom that reaches, and what they cannot.
func (u *ui) adopted(t *taking, proposal []byte, out string) error {
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		before := name
		if t.in.Files[name] == nil {
			before = "/dev/null"
		}
		if err := u.diff(diff.Diff(before, t.in.Files[name], name, t.files[name])); err != nil {
			return err
		}
	}
	for _, serial := range slices.SortedFunc(maps.Keys(t.reached), schema.CompareSerials) {
		u.note("%s gets this too, by the next apply: %s", serial, printable(someOf(t.reached[serial])))
	}
	if len(t.files) == 0 && len(t.placed) > 0 {
		u.note("The files say so already.")
	}
	u.list("To be provided before the next plan:", t.references())
	for _, r := range t.refused {
		u.note("%s %s of %s is not adopted: %s", paint(u.errColor, red, "!"), printable(r.String()), r.Serial, printable(r.Why))
	}
	switch {
	case len(proposal) == 0:
		return nil
	case out != "":
		return u.diff(diff.Diff("/dev/null", nil, out, proposal))
	}
	u.note("What the files cannot say in place, a file beside them could say for the peer alone (--out FILE writes it):")
	return u.line("\n%s", strings.TrimSpace(string(proposal)))
}

// references are those to secrets, in items that are taken over.
func (t *taking) references() []string {
	var lines []string
	for _, p := range t.placed {
		for _, pointer := range t.Provider.Kinds[p.Kind].Secrets {
			if reference, ok := schema.Lookup(p.Value, pointer); ok && len(p.Path) == 0 {
				lines = append(lines, fmt.Sprintf("%s  for %s", strings.TrimPrefix(fmt.Sprint(reference), "env:"), p.Key))
			}
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// diff prints a difference, its lines coloured where a person looks.
func (u *ui) diff(text []byte) error {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		color := ""
		switch line[0] {
		case '+':
			color = green
		case '-':
			color = red
		case 'd': // the line that names both files once more
			continue
		}
		line = tabbed(strings.TrimSuffix(line, "\n"))
		if color != "" {
			line = paint(u.outColor, color, line)
		}
		b.WriteString(line + "\n")
	}
	_, err := u.out.Write([]byte(b.String()))
	return err
}

// tabbed is printable, with its tabs.
func tabbed(line string) string {
	parts := strings.Split(line, "\t")
	for i := range parts {
		parts[i] = printable(parts[i])
	}
	return strings.Join(parts, "\t")
}

// someOf names items, and counts the rest of many.
func someOf(keys []schema.Key) string {
	var names []string
	for _, key := range keys {
		names = append(names, key.String())
	}
	slices.SortFunc(names, schema.CompareSerials)
	if len(names) > mostNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNamed], ", "), len(names)-mostNamed)
	}
	return strings.Join(names, ", ")
}

// unread names the peers that could not be read: what they were changed to is not known.
func (u *ui) unread(p plan.Plan) {
	for _, peer := range p.Peers {
		for _, problem := range peer.Problems {
			u.note("%s %s: not read: %s", paint(u.errColor, red, "!"), peer.Serial, printable(problem))
		}
	}
}
