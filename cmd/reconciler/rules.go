package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

func (a *app) rulesCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules [ID]",
		Short: "Show the rules that a configuration must keep, or explain one",
		Long: `Show the rules that a configuration must keep, or explain one.

A problem names its rule in brackets. For each rule there is what must be true, what to do where it is
not, the requirements that it takes over, and where it is said: what CUE says, an editor and plain
"cue vet" say too. Those for changes are asked of a configuration together with the one before it.`,
		Example: "  reconciler rules\n  reconciler rules peer-group-exists\n  reconciler rules -o json",
		Args:    arguments(0, 1, ""),
		RunE: func(_ *cobra.Command, args []string) error {
			asJSON, err := a.json()
			if err != nil {
				return err
			}
			return a.rules(args, asJSON)
		},
	}
	a.outputFlag(cmd.Flags())
	return cmd
}

func (a *app) rules(args []string, asJSON bool) error {
	all := load.Rules()
	if len(args) == 0 {
		return a.ui.rules(all, asJSON)
	}
	i := slices.IndexFunc(all, func(r schema.Rule) bool { return r.ID == args[0] })
	if i < 0 {
		return noRule(args[0], all)
	}
	if asJSON {
		return a.ui.rules(all[i:i+1], true)
	}
	return a.ui.rule(all[i])
}

func noRule(id string, all []schema.Rule) error {
	var ids []string
	for _, r := range all {
		ids = append(ids, r.ID)
	}
	if near := schema.Nearest(id, ids); near != "" {
		return failf(exitError, "there is no rule %q; the nearest is %s", id, near)
	}
	return failf(exitError, "there is no rule %q; \"reconciler rules\" shows all", id)
}
