package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// process is all that this program knows of the world that started it.
type process struct {
	args           []string
	getenv         func(string) (string, bool)
	stdin          io.Reader
	stdout, stderr io.Writer
	clock          func() time.Time
	pid            int
	executable     string
	terminal       terminal
	hangups        func(do func()) (stop func()) // has something done at each SIGHUP
}

// terminal tells which streams a person sits at, and how wide theirs are (0: unknown).
type terminal struct {
	in, out, err    bool
	width, outWidth int // of err and of out
}

// app is the process and the flags that most commands share.
type app struct {
	process
	ui *ui

	dir         string
	rev         string
	against     string
	state       string
	color       string
	output      string
	full        bool
	eventsTo    string
	record      *recorder // nil: nobody wants events
	parallelism int
	timeout     time.Duration
	lockTimeout time.Duration
	keep        int // runs and snapshots in the history
	probes      int // that use one connection; 0: one
}

// run runs the command that the arguments name and returns the exit code.
func run(ctx context.Context, p process) int {
	a := &app{process: p}
	root := a.root()
	root.SetArgs(p.args)
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	a.ui = newUI(p, "auto")
	command, err := root.ExecuteContextC(ctx)
	code := a.ui.exit(command, err)
	a.ui.unrecorded(a.record.end(code, err))
	return code
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "reconciler",
		Short:         "Bring a cluster of servers to the state that CUE files in Git describe",
		Long:          rootHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.settle(cmd)
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.color, "color", "auto", "colour what people read: auto, always or never")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(a.validateCmd(), a.rulesCmd(), a.planCmd(), a.showCmd(), a.applyCmd(), a.statusCmd(), a.demoCmd(), a.versionCmd(), a.evaluateCmd())
	root.AddCommand(a.initCmd(), a.schemaCmd())
	root.AddCommand(a.historyCmd(), a.snapshotCmd(), a.rollbackCmd(), a.dumpCmd(), a.adoptCmd())
	root.AddCommand(a.serveCmd(), a.rolesCmd())
	return root
}

const rootHelp = `Bring a cluster of servers to the state that CUE files in Git describe.

Exit codes, of every command (where several hold, the first of 3, 7, 5, 8, 6, 4):
  0    done; also a plan with changes, unless --detailed-exitcode is given
  1    error
  2    there are changes (plan --detailed-exitcode)
  3    the configuration is invalid, or cannot follow the one before it
  4    some peers could not be read or changed; the others were
  5    a saved plan is stale: something that it touches has moved, or it was applied before
  6    changes were held back: a guard refused them, they need consent, or something is in their way
  7    another process holds the state
  8    conflicts: Git and a peer changed the same field, differently
  130  interrupted

Every flag can also be given as an environment variable: --lock-timeout is RECONCILER_LOCK_TIMEOUT.`

// settle takes flags that were not given from the environment, and checks those that all share.
func (a *app) settle(cmd *cobra.Command) error {
	var err error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := "RECONCILER_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if value, ok := a.getenv(name); ok && !f.Changed && err == nil {
			if setErr := cmd.Flags().Set(f.Name, value); setErr != nil {
				err = failf(1, "%s: %v", name, setErr)
			}
		}
	})
	if err != nil {
		return err
	}
	if a.color != "auto" && a.color != "always" && a.color != "never" {
		return failf(1, "--color %s: want auto, always or never", a.color)
	}
	a.ui = newUI(a.process, a.color)
	a.ui.full = a.full
	if f := cmd.Flags().Lookup("parallelism"); f != nil && a.parallelism <= 0 {
		return failf(1, "--parallelism %d: want 1 or more peers at a time", a.parallelism)
	}
	if err := a.checkKeep(cmd.Flags()); err != nil {
		return err
	}
	return a.settleOutput(cmd)
}

// clusterFlags are those of the commands that read a cluster's files.
func (a *app) clusterFlags(flags *pflag.FlagSet) {
	flags.StringVarP(&a.dir, "dir", "C", ".", "the cluster's folder")
	flags.StringVar(&a.rev, "rev", "", "read this commit (hash, branch, tag) of the Git repository instead of the files as they lie there")
	flags.StringVar(&a.state, "state", "", "where what was applied is remembered (default: .reconciler in the cluster's folder)")
}

// peerFlags are those of the commands that talk to peers.
func (a *app) peerFlags(flags *pflag.FlagSet) {
	flags.IntVar(&a.parallelism, "parallelism", 16, "how many peers to talk to at a time")
	flags.DurationVar(&a.timeout, "timeout", 30*time.Second, "how long to wait for one answer of a peer")
	flags.DurationVar(&a.lockTimeout, "lock-timeout", 0, "how long to wait while another process holds the state")
}

func (a *app) outputFlag(flags *pflag.FlagSet) {
	flags.StringVarP(&a.output, "output", "o", "text", "text or json")
}

// json tells whether -o json was given; anything but it and text is an error.
func (a *app) json() (bool, error) {
	switch a.output {
	case "json":
		return true, nil
	case "text":
		return false, nil
	default:
		return false, failf(1, "-o %s: want text or json", a.output)
	}
}
