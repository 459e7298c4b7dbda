// Package cleo_test holds the definition of Cleo to its rules, and every layout of its groups to an oracle.
package cleo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// What a group has: P productions, B backups, M both, - nobody. A layout is the letters of its groups.

// TestLayouts judges every layout of up to four groups, whatever their order, and every one of up to three
// beside a peer in no group, as CLEO-84 to CLEO-89 have it.
func TestLayouts(t *testing.T) {
	for _, layout := range layouts(4) {
		t.Run("groups "+layout, func(t *testing.T) {
			t.Parallel()
			for _, alone := range []string{"", "P", "B"} {
				if alone != "" && len(layout) > 3 {
					continue
				}
				got, want := judged(layout, alone), oracle(layout, alone)
				if !slices.Equal(got, want) {
					t.Errorf("beside %q: got %q, want %q", alone, got, want)
				}
			}
		})
	}
}

// oracle is what the requirements say of a layout, and of four roles: by default, and with each of
// within: "group" and backups: "last", and both.
func oracle(layout, alone string) []string {
	mixed, productions, backups := strings.Count(layout, "M"), strings.Count(layout, "P"), strings.Count(layout, "B")
	pair := mixed == 0 && productions == 1 && backups == 1 // CLEO-86, CLEO-88
	allMixed := productions == 0 && backups == 0           // CLEO-84, CLEO-85
	noBackup := mixed == 0 && backups == 0 && alone != "B" // then groups are no failover groups
	var wrong []string
	if !pair && !allMixed && !noBackup { // CLEO-89
		wrong = append(wrong, "group-layout")
	}
	switch {
	case mixed > 0:
		wrong = append(wrong, "group-within default", "group-within last")
	case pair:
		wrong = append(wrong, "group-last default", "group-last group", "group-within both", "group-within group")
	}
	return wrong
}

// judged is what the schema says of it: the rules, and which role breaks them.
func judged(layout, alone string) []string {
	in := load.Input{Dir: ".", Files: map[string][]byte{"cluster.cue": []byte(written(layout, alone))}}
	var said []string
	for _, problem := range load.Load(in).Problems {
		rule := problem.Rule
		if problem.Path[1] == "roles" {
			rule += " " + problem.Path[2]
		} else if rule != "group-layout" {
			rule = problem.String() // no rule of a layout
		}
		said = append(said, rule)
	}
	slices.SortFunc(said, schema.CompareSerials)
	return slices.Compact(said)
}

func written(layout, alone string) string {
	var b strings.Builder
	b.WriteString(`package c

import "github.com/gitops-reconciler/reconciler/providers/cleo"

cluster: cleo.#Cluster & {name: "b2b", authority: routes: "git", peers: [_]: share: routes: false}
cluster: roles: {default: {}, group: within: "group", last: backups: "last", both: {within: "group", backups: "last"}}
`)
	for i, has := range layout {
		fmt.Fprintf(&b, "cluster: groups: g%d: {}\n", i)
		if has == 'P' || has == 'M' {
			fmt.Fprintf(&b, "cluster: peers: p%d: {address: \"p%d\", group: \"g%d\"}\n", i, i, i)
		}
		if has == 'B' || has == 'M' {
			fmt.Fprintf(&b, "cluster: peers: b%d: {address: \"b%d\", group: \"g%d\", backup: true}\n", i, i, i)
		}
	}
	if alone != "" {
		fmt.Fprintf(&b, "cluster: peers: alone: {address: \"alone\", backup: %v}\n", alone == "B")
	}
	return b.String()
}

// layouts are all of up to so many groups, each but once.
func layouts(most int) []string {
	all := []string{""}
	for i := 0; i < len(all); i++ {
		for _, has := range "PBM-" {
			if longer := all[i] + string(has); len(longer) <= most && strings.IndexRune("PBM-", has) >= last(all[i]) {
				all = append(all, longer)
			}
		}
	}
	return all
}

// last is the rank of a layout's last group among those that a group may be.
func last(layout string) int {
	if layout == "" {
		return 0
	}
	return strings.IndexByte("PBM-", layout[len(layout)-1])
}
