package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/gitops-reconciler/reconciler/schema"
)

// rules prints a table of rules, the long columns last.
func (u *ui) rules(all []schema.Rule, asJSON bool) error {
	if asJSON {
		return u.json(struct {
			Version int           `json:"version"` // of this format
			Rules   []schema.Rule `json:"rules"`
		}{1, all})
	}
	rows := [][]string{{"ID", "SAID IN", "FOR", "TAKES OVER", "RULE", "REMEDY"}}
	for _, r := range all {
		rows = append(rows, []string{r.ID, r.Said, scope(r), strings.Join(r.Seed, ", "), r.Sentence, r.Remedy})
	}
	_, err := u.out.Write([]byte(aligned(rows)))
	return err
}

// aligned sets rows in columns.
func aligned(rows [][]string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprintln(w, strings.Join(row, "\t")) // a builder takes everything
	}
	_ = w.Flush()
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// scope is whose clusters a rule is about, or that it is about changes.
func scope(r schema.Rule) string {
	switch {
	case r.Transition:
		return "changes"
	case r.Product == "":
		return "all"
	}
	return r.Product
}

// rule explains one.
func (u *ui) rule(r schema.Rule) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", paint(u.outColor, bold, r.ID), r.Sentence)
	for _, row := range [][2]string{
		{"remedy", r.Remedy},
		{"takes over", strings.Join(r.Seed, ", ")},
		{"said in", r.Said},
		{"for", scope(r)},
	} {
		if row[1] != "" {
			fmt.Fprintf(&b, "  %-11s %s\n", row[0]+":", row[1])
		}
	}
	_, err := u.out.Write([]byte(b.String()))
	return err
}
