package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/diagnostics"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// current compares a page with what it should be, or writes it with -update.
func current(t *testing.T, page, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(page); err != nil || string(got) != want {
		t.Errorf("%s is not current (%v); write it with: go test ./cmd/reconciler -run %s -update", page, err, t.Name())
	}
}

const rulesHead = `# Rules

What must be true of a configuration. A problem names its rule in brackets; ` + "`reconciler rules ID`" + `
explains one, and ` + "`reconciler rules`" + ` shows all. What CUE says, plain ` + "`cue vet`" + ` says too; an
error in one place can hide what CUE says about another, so what Go says is said again, and is complete.
Under *takes over* are the requirements that a rule comes from. What the types of fields alone refuse, such
as a priority beyond 65535 (IPL-40), is the rule ` + "`schema`" + `. This page is generated.
`

const transitionsHead = `A commit that keeps every rule above may still be no way on from the one before it. ` + "`plan` and `apply`" + `
compare with what was last applied, ` + "`reconciler validate --against REV`" + ` with a commit. Where the remedy is two
steps, each of them is allowed.`

// TestRulesPage keeps docs/rules.md equal to the rules that there are.
func TestRulesPage(t *testing.T) {
	var b strings.Builder
	b.WriteString(rulesHead)
	title := ""
	for _, r := range load.Rules() {
		if of := section(r); of != title {
			title = of
			b.WriteString(title)
		}
		cells := []string{"`" + r.ID + "`", r.Sentence, r.Remedy, strings.Join(r.Seed, ", "), r.Said}
		for i, cell := range cells {
			cells[i] = strings.ReplaceAll(cell, "|", `\|`)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	current(t, "../../docs/rules.md", b.String())
}

func section(r schema.Rule) string {
	title := "For all products"
	switch {
	case r.Transition:
		title = "From one commit to the next, for all products\n\n" + transitionsHead
	case r.Product != "":
		title = "For " + r.Product
	}
	return "\n## " + title + "\n\n| rule | what must be true | what to do | takes over | said in |\n| --- | --- | --- | --- | --- |\n"
}

const mistakesHead = `# Mistakes, and what is said about them

The twenty commonest mistakes in a configuration, and what ` + "`reconciler validate`" + ` says: every problem at
once, at the line that you wrote, as ` + "`file:line:column: path: message; remedy [rule]`" + `. What else has to do
with a problem stands on indented lines below it. ` + "[rules.md](rules.md)" + ` has all rules. This page is generated.

For programs there are ` + "`-o json`" + ` ([its schema](schema/problems.json)), ` + "`-o sarif`" + ` for code scanning,
` + "`-o junit`" + ` for test reports and ` + "`-o github`" + ` for annotations in a workflow. Of more than 50 problems the
first 50 are shown; the total is always told. Columns are counted in bytes in text, as compilers do, and
in characters in the other formats.
`

// TestMistakesPage keeps docs/diagnostics.md equal to what is said about testdata/mistakes.txtar.
func TestMistakesPage(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/mistakes.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	files := map[string][]txtar.File{}
	for _, file := range archive.Files {
		title, name, _ := strings.Cut(file.Name, "/")
		if !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
		files[title] = append(files[title], txtar.File{Name: name, Data: file.Data})
	}
	var b strings.Builder
	b.WriteString(mistakesHead)
	for i, title := range titles {
		_, name, _ := strings.Cut(title, " ")
		fmt.Fprintf(&b, "\n## %d. %s\n", i+1, name)
		mistake(t, &b, files[title])
	}
	if len(titles) != 20 {
		t.Errorf("%d mistakes, want the twenty that the page promises", len(titles))
	}
	current(t, "../../docs/diagnostics.md", b.String())
}

// mistake writes the files, and then what is said about them.
func mistake(t *testing.T, b *strings.Builder, files []txtar.File) {
	t.Helper()
	in := load.Input{Files: map[string][]byte{}, Dir: "."}
	for _, file := range files {
		if file.Name == "why.md" {
			fmt.Fprintf(b, "\n%s", file.Data)
			continue
		}
		in.Files[file.Name] = file.Data
		fmt.Fprintf(b, "\n%s:\n\n```cue\n%s```\n", file.Name, file.Data)
	}
	problems := load.Load(in).Problems
	if len(problems) == 0 {
		t.Errorf("nothing is wrong with\n%s", b.String())
	}
	if i := slices.IndexFunc(problems, func(p schema.Problem) bool { return p.At.Line == 0 }); i >= 0 {
		t.Errorf("no line for %s", problems[i])
	}
	fmt.Fprintf(b, "\n```\n%s```\n", diagnostics.Text(problems))
}
