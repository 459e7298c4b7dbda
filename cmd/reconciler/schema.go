package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/reconcile/source"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

func (a *app) schemaCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Check or renew the schema that a repository carries, or export it",
		Long: `Check or renew the schema that a repository carries in cue.mod/pkg, where plain cue and editors find it
without a network. It must be this program's own: validate, plan and apply refuse another. Or export it
as JSON Schema, for editors and programs that do not know CUE.`,
		Args: noArguments(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.schemaCheckCmd(), a.schemaUpgradeCmd(), a.schemaExportCmd())
	return cmd
}

func (a *app) schemaCheckCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Tell whether a repository's schema is this program's own",
		Long: `Tell whether a repository's schema is this program's own. The exit code is 3 if it is older or newer,
was edited, or is missing.`,
		Args: noArguments(),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.schemaCheck(cmd.Context()) },
	}
	cmd.Flags().StringVarP(&a.dir, "dir", "C", ".", "a folder of the repository")
	cmd.Flags().StringVar(&a.rev, "rev", "", "look at this commit (hash, branch, tag) instead of the files as they lie there")
	return cmd
}

func (a *app) schemaUpgradeCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "upgrade",
		Short: "Make a repository's schema this program's own",
		Long: `Make a repository's schema this program's own: what lies in
cue.mod/pkg/github.com/gitops-reconciler/reconciler is replaced, and what module.cue and local-module.cue
say of another one is dropped. No other file is touched. Interrupted, it can be run again.`,
		Args: noArguments(),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.schemaUpgrade(cmd.Context()) },
	}
	cmd.Flags().StringVarP(&a.dir, "dir", "C", ".", "a folder of the repository")
	return cmd
}

func (a *app) schemaExportCmd() *cobra.Command {
	var provider string
	products := strings.Join(load.Products(), ", ")
	cmd := &cobra.Command{
		Use:   "export --provider NAME",
		Short: "Print a product's vocabulary as JSON Schema",
		Long: `Print what may stand under "cluster" of a product, as JSON Schema 2020-12: every field with its type,
range, default and what it is for. JSON is CUE, so a program can write clusters and check them by it.
What must be true across a cluster is not in it; validate checks that.`,
		Example: "  reconciler schema export --provider sftpgo >cluster.schema.json",
		Args:    noArguments(),
		RunE: func(*cobra.Command, []string) error {
			if !slices.Contains(load.Products(), provider) {
				return failf(exitError, "--provider %s: want one of %s", cmp.Or(provider, "is missing"), products)
			}
			whole, err := load.JSONSchema(provider)
			if err != nil {
				return fmt.Errorf("schema export: %w", err)
			}
			return a.ui.json(whole)
		},
	}
	cmd.Flags().StringVar(&provider, "provider", "", "the product: "+products)
	return cmd
}

func (a *app) schemaCheck(ctx context.Context) error {
	tree, in, err := a.repository(ctx)
	if err != nil {
		return err
	}
	problems := load.CheckVendored(in.Files)
	if len(problems) == 0 {
		return a.ui.schemaIsOwn()
	}
	for i := range problems {
		problems[i].At.File = tree.Path(problems[i].At.File)
	}
	return a.ui.problems(problems)
}

func (a *app) schemaUpgrade(ctx context.Context) error {
	tree, in, err := a.repository(ctx)
	if err != nil {
		return err
	}
	edits, err := load.Upgrade(in.Files)
	if err != nil {
		return fmt.Errorf("schema upgrade in %s: %w", tree.Path("."), err)
	}
	done, err := write(tree.Path("."), edits)
	if err != nil {
		return a.ui.halfWritten(done, "run it again", fmt.Errorf("schema upgrade: %w", err))
	}
	return a.ui.upgraded(tree, done)
}

// repository reads the files of the repository that the given folder is in.
func (a *app) repository(ctx context.Context) (source.Tree, load.Input, error) {
	tree, err := a.tree(ctx)
	if err != nil {
		return source.Tree{}, load.Input{}, err
	}
	defer func() { _ = tree.Close() }() // it was only read
	in, err := load.Read(tree.FS, tree.Dir)
	if err != nil {
		return tree, in, failf(exitInvalid, "read the configuration: %w", err)
	}
	return tree, in, nil
}
