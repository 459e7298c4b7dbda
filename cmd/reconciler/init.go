package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/schema/load"
)

// seed is what a new repository grows from: the flags of init.
type seed struct {
	dir                                string
	provider, layout, name, module, ci string
	force                              bool
}

func (a *app) initCmd() *cobra.Command {
	var s seed
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write the files of a new repository",
		Long: `Write the files of a new repository into DIR, which is made if it is missing: a cluster of two
servers to be edited, the schema, a hook that checks each commit, and a workflow that checks each
pull request. No server is talked to. Where one of the files is there already, nothing is written.
DIR is best the top of a Git repository: Git and the forges look for hooks and workflows there.`,
		Example: "  reconciler init mft\n  reconciler init infra --layout many --name mft --ci both",
		Args:    arguments(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			s.dir = strings.Join(append(args, ".")[:1], "")
			return a.initialise(cmd.Context(), s)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&s.provider, "provider", "sftpgo", "the product: "+strings.Join(load.Providers(), ", "))
	flags.StringVar(&s.layout, "layout", "one", "one cluster, at the root, or many, each in a folder below clusters")
	flags.StringVar(&s.name, "name", "", "the cluster's name (default: the folder's, if it can be one, or else \"cluster\")")
	flags.StringVar(&s.module, "module", "example.org/infra@v0", "the repository's name as a module of CUE")
	flags.StringVar(&s.ci, "ci", "github", "where pull requests are checked: github, gitlab, both or none")
	flags.BoolVar(&s.force, "force", false, "replace files that are there already; each is named")
	return cmd
}

// initialise writes nothing before everything that may be wrong has been looked at.
func (a *app) initialise(ctx context.Context, s seed) error {
	s, err := s.settle()
	if err != nil {
		return err
	}
	if err := outside(s.dir); err != nil {
		return err
	}
	credentials, err := a.credentials(ctx, s.provider)
	if err != nil {
		return err
	}
	files, err := s.files(credentials)
	if err != nil {
		return err
	}
	files, there, err := against(s.dir, files)
	if err != nil {
		return err
	}
	if len(there) > 0 && !s.force {
		return a.ui.occupied(there)
	}
	done, err := write(s.dir, files)
	if err != nil {
		return a.ui.halfWritten(done, "give the same command with --force", fmt.Errorf("init: %w", err))
	}
	return a.ui.initialised(s, done)
}

// settle fills in what was not given, and checks what was.
func (s seed) settle() (seed, error) {
	name := regexp.MustCompile(`^[a-z][a-zA-Z0-9-]*$`)
	if s.name == "" {
		absolute, err := filepath.Abs(s.dir)
		if err != nil {
			return s, fmt.Errorf("init: %w", err)
		}
		if s.name = filepath.Base(absolute); !name.MatchString(s.name) {
			s.name = "cluster"
		}
	}
	if !name.MatchString(s.name) {
		return s, failf(exitError, "--name %s: want a letter a-z, then letters, digits or dashes", s.name)
	}
	for _, choice := range []struct {
		flag, given string
		from        []string
	}{
		{"provider", s.provider, load.Providers()},
		{"layout", s.layout, []string{"one", "many"}},
		{"ci", s.ci, []string{"github", "gitlab", "both", "none"}},
	} {
		if !slices.Contains(choice.from, choice.given) {
			return s, failf(exitError, "--%s %s: want one of %s", choice.flag, choice.given, strings.Join(choice.from, ", "))
		}
	}
	return s, nil
}

// credentials is how a product's peers are signed in to, in CUE; "" if they need nothing.
func (a *app) credentials(ctx context.Context, provider string) (string, error) {
	const text = "package cluster\n\nimport \"github.com/gitops-reconciler/reconciler/providers/%[1]s\"\n\n" +
		"cluster: %[1]s.#Cluster & {name: \"cluster\"}\n"
	result, err := a.loader().Load(ctx, load.Input{Dir: ".", Files: map[string][]byte{"cluster.cue": fmt.Appendf(nil, text, provider)}})
	if err != nil {
		return "", err
	}
	if result.Cluster == nil {
		return "", fmt.Errorf("provider %s: %v", provider, result.Problems)
	}
	var api struct {
		Auth struct{ Type string }
	}
	if err := json.Unmarshal(result.Cluster.Provider.API, &api); err != nil {
		return "", fmt.Errorf("provider %s: %w", provider, err)
	}
	return signIn(provider, api.Auth.Type), nil
}

func signIn(provider, auth string) string {
	variable := strings.ToUpper(strings.ReplaceAll(provider, "-", "_"))
	switch auth {
	case "":
		return ""
	case "bearer":
		return fmt.Sprintf("token: %q", "env:"+variable+"_TOKEN")
	default:
		return fmt.Sprintf("{user: \"reconciler\", password: %q}", "env:"+variable+"_PASSWORD")
	}
}
