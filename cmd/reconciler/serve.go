package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/reconcile/loop"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// serving is what serve is told beside the flags that all share.
type serving struct {
	poll, round time.Duration
	listen      string // host:port for probes and metrics; "": nowhere
	socket      string // "": in the state directory
	restored    bool   // the state was brought back from a backup
	repo        repoFlags
	beatCert    string // PEM files of the listener for heartbeats; "": plain HTTP
	beatKey     string
	beatTLS     *tls.Config // what these say
	active      string      // the branch that says who holds what, before the cluster's name; "": none
}

// activeBranch is where who holds what is written for a repository that nobody works in.
const activeBranch = "reconciler/active"

func (a *app) serveCmd() *cobra.Command {
	var o serving
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Keep the peers equal to what Git wants, until stopped",
		Long: `Keep the peers equal to what Git wants, until stopped.

A commit that is new is evaluated, and comes into force if it is valid and can follow what was last applied;
if not, the one before it stays in force, and that is said here, in the metrics and by "reconciler status".
Then, and again after each pause, every peer is read and brought to what the commit in force says, as apply
does it without asking: what needs consent is held, what a guard refuses is left, and both are said.

serve reads commits only, never files that somebody is editing: HEAD of the repository that the folder is in,
or what --rev names there; or a branch of the repository that --repo names, without a clone of it. It holds the
state as long as it runs. Commands that only look (plan, status, history) ask it for a copy; those that write have
to wait for its end.

Stopped by Ctrl-C or SIGTERM it finishes what is under way at each peer, and reports; a second one ends it at
once, after which it can simply be started again. SIGHUP looks for a new commit, and reconciles, now.

Who signs in to the repository of --repo is said in the environment, and never by flags, which others can see:
  https   RECONCILER_REPO_USER and RECONCILER_REPO_PASSWORD, or RECONCILER_REPO_TOKEN (sent as a bearer);
          RECONCILER_REPO_CA names a file with the authorities that may have signed the server's certificate
  ssh     RECONCILER_REPO_KEY and RECONCILER_REPO_KNOWN_HOSTS name files, RECONCILER_REPO_PASSPHRASE is the key's
With --repo, -C is not the cluster's folder but one of this machine: the state is there, in .reconciler, relative
paths of file: secrets and certificates begin there, and hooks are run there.

With --active-branch, every change of who holds which role is written to a branch of the repository, its name with
the cluster's after it, as active.cue. No role waits for that.`,
		Example: "  reconciler serve -C clusters/mft\n  reconciler serve -C clusters/mft --rev origin/main --poll 10s --listen 127.0.0.1:7200\n" +
			"  reconciler serve --repo https://git.example.org/infra.git --branch main --path clusters/mft --state /var/lib/reconciler",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.repo.url != "" && !cmd.Flags().Changed("active-branch") {
				o.active = activeBranch
			}
			defer lean()()
			return a.serve(cmd.Context(), o)
		},
	}
	a.clusterFlags(cmd.Flags())
	a.peerFlags(cmd.Flags())
	a.keepFlag(cmd.Flags())
	cmd.Flags().DurationVar(&o.poll, "poll", 30*time.Second, "how long between two looks for a new commit")
	cmd.Flags().DurationVar(&o.round, "interval", 5*time.Minute, "how long from the end of a round to the next")
	cmd.Flags().StringVar(&o.listen, "listen", "", "`HOST:PORT` for /livez, /readyz and /metrics (default: nowhere)")
	cmd.Flags().StringVar(&o.socket, "socket", "", "where other commands reach it (default: serve.sock in the state)")
	cmd.Flags().StringVar(&o.beatCert, "heartbeat-cert", "", "PEM `FILE` with the certificate, and those up to its authority: heartbeats are heard over HTTPS")
	cmd.Flags().StringVar(&o.beatKey, "heartbeat-key", "", "PEM `FILE` with the certificate's key")
	cmd.Flags().BoolVar(&o.restored, "restored", false, "the state was brought back from a backup: no role moves before all peers were asked who holds what")
	cmd.Flags().StringVar(&o.repo.url, "repo", "", "read this Git repository (`URL`: https, ssh, file, or a path) instead of the one that the folder is in")
	cmd.Flags().StringVar(&o.repo.branch, "branch", "", "the branch of --repo (default: what its HEAD stands for)")
	cmd.Flags().StringVar(&o.repo.path, "path", "", "the cluster's folder in --repo (default: its top)")
	cmd.Flags().StringVar(&o.active, "active-branch", "", `where who holds what is written, "" being nowhere (default: `+activeBranch+` with --repo, else nowhere)`)
	return cmd
}

// check also reads the files that are named.
func (o *serving) check() (err error) {
	const least = time.Second
	switch {
	case o.poll < least:
		return failf(exitError, "--poll %s: want %s or more", o.poll, least)
	case o.round < least:
		return failf(exitError, "--interval %s: want %s or more", o.round, least)
	case (o.beatCert == "") != (o.beatKey == ""):
		return failf(exitError, "--heartbeat-cert and --heartbeat-key go together")
	}
	o.beatTLS, err = o.secure()
	return err
}

// loops are the one that reconciles and the one that keeps the roles. They write by turns, and record is told.
func (a *app) loops(ctx context.Context, s *store.Store, from repository, record *exporter, o serving) (*loop.Loop, *roles.Keeper, *beats) {
	turns := &turns{}
	var l *loop.Loop
	source := &commits{app: a, store: s, from: from}
	record.cluster = func() string { return l.Status().Cluster }
	switcher := switcher{app: a, store: s, turns: turns}
	keeper := roles.New(roles.Options{
		Open: switcher.peerOf, Ledger: ledger{s, o.restored}, Enrolments: ledger{s, o.restored}, Switch: switcher.turn, Fence: switcher.fence,
		Leader: rand.Text(), Clock: a.clock,
		Events: func(e roles.Event) {
			a.ui.kept(e)
			if e.Kind == roles.Moved || e.Kind == roles.Settled {
				record.wake()
			}
			if e.Kind == roles.Settled || e.Kind == roles.Moved && source.follows.Load() {
				l.Wake() // what roles switch was left alone until now; and items may follow who holds them
			}
		},
	})
	beats := &beats{app: a, keeper: keeper, secure: o.beatTLS}
	begun := false
	l = loop.New(source, &rounds{app: a, store: s, turns: turns, keeper: keeper}, loop.Options{
		Poll: o.poll, Round: o.round, Clock: a.clock, Events: func(e loop.Event) {
			a.ui.served(e)
			if e.Kind == loop.InForce || e.Kind == loop.Rounded {
				record.wake()
			}
			if e.Kind == loop.InForce || e.Kind == loop.Followed {
				if !begun {
					a.succeed(keeper, e.Desired.Cluster, s)
					begun = true
				}
				keeper.Keep(e.Desired.Cluster)
				beats.keep(ctx, e.Desired.Cluster)
			}
		},
	})
	turns.wake = l.Wake
	return l, keeper, beats
}

// lean has garbage collected earlier, until what it returns is called: what lives for months and watches
// thousands of peers has memory to save, and processor time to spare. An operator's own GOGC stays.
func lean() func() {
	const percent = 50
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(before) }
}

// serve holds the state from its beginning to its end.
func (a *app) serve(ctx context.Context, o serving) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	from, err := a.origin(o.repo)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := ready(ctx, from); err != nil {
		return err
	}
	holder := a.holder("serve")
	path, remove, err := a.socketPath(o.socket)
	if err != nil {
		return err
	}
	holder.Socket = path
	defer func() { err = errors.Join(err, remove()) }()
	s, err := store.Open(a.stateDir(), holder, a.lockTimeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	shared := *a // from here on several goroutines print
	shared.ui = a.ui.shared()
	record := shared.exporter(s, from, o.active)
	l, keeper, beats := shared.loops(ctx, s, from, record, o)
	defer beats.close()
	doors := doors{loop: l, roles: keeper, store: s, unrecorded: record.failing.Load}
	if err := doors.open(ctx, holder.Socket, o.listen); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	defer doors.close()
	stop := a.hangups(l.Wake)
	defer stop()
	shared.ui.following(o.repo, from)
	shared.ui.serving(holder.Socket, doors.address())
	var kept sync.WaitGroup
	kept.Go(func() { keeper.Run(ctx) })
	kept.Go(func() { record.run(ctx) })
	l.Run(ctx)
	kept.Wait()
	shared.ui.note("Stopped. What was under way is finished; the state is free.")
	return nil
}
