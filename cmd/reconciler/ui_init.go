package main

import (
	"fmt"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile/source"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// initialised says what init wrote, and what to do next.
func (u *ui) initialised(s seed, done []load.Edit) error {
	if err := u.line("Wrote to %s:\n%s", printable(s.dir), indented(brief(done))); err != nil {
		return err
	}
	in := ""
	if s.dir != "." {
		in = " in " + printable(s.dir)
	}
	b := s.blanks("")
	u.note(`
%s
  edit %[2]scluster.cue: where the servers are, and how to sign in there
  reconciler validate%[3]s
  git init && git config core.hooksPath .githooks && git add .
  reconciler plan%[3]s, which shows what apply would change`,
		paint(u.errColor, bold, "Next"+in+":"), b.Folder, b.At)
	return nil
}

// occupied refuses to write over files.
func (u *ui) occupied(there []string) error {
	edits := make([]load.Edit, len(there))
	for i, name := range there {
		edits[i] = load.Edit{Name: name, New: true}
	}
	u.note("%s nothing was written, since these are there already:\n%s", paint(u.errColor, red, "error:"), indented(brief(edits)))
	u.note("Move them away, or give --force to replace them. The schema alone is renewed by `reconciler schema upgrade`.")
	return exit{code: exitError}
}

// halfWritten says how far a command came that writes several files, and how to go on from there.
func (u *ui) halfWritten(done []load.Edit, again string, err error) error {
	if len(done) > 0 {
		u.note("Written before it broke off:\n%s\nWhen the cause is gone, %s.", indented(brief(done)), again)
	}
	return err
}

// brief names edits for people; those of the schema by their folder.
func brief(edits []load.Edit) []string {
	var lines []string
	copied := false
	for _, edit := range edits {
		switch {
		case strings.HasPrefix(edit.Name, "cue.mod/pkg/"):
			copied = true
		case edit.New:
			lines = append(lines, edit.Name)
		default:
			lines = append(lines, edit.Name+" (replaced)")
		}
	}
	if copied {
		lines = append(lines, "cue.mod/pkg, the schema")
	}
	return lines
}

func indented(lines []string) string { return "  " + strings.Join(lines, "\n  ") }

func (u *ui) schemaIsOwn() error {
	return u.line("The schema in cue.mod is this program's own.")
}

// upgraded says what became of a repository's copy of the schema.
func (u *ui) upgraded(tree source.Tree, done []load.Edit) error {
	if len(done) == 0 {
		return u.schemaIsOwn()
	}
	var b strings.Builder
	added, changed, removed := 0, 0, 0
	for _, edit := range done {
		sign, color, n := "~", yellow, &changed
		switch {
		case edit.Data == nil:
			sign, color, n = "-", red, &removed
		case edit.New:
			sign, color, n = "+", green, &added
		}
		*n++
		fmt.Fprintf(&b, "%s %s\n", paint(u.outColor, color, sign), printable(tree.Path(edit.Name)))
	}
	fmt.Fprintf(&b, "The schema is this program's own now: %d added, %d changed, %d removed.", added, changed, removed)
	if err := u.line("%s", b.String()); err != nil {
		return err
	}
	u.note("Validate the clusters with it, and commit cue.mod.")
	return nil
}
