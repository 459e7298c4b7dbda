package main

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// dumpOptions say what is to be written, and where.
type dumpOptions struct {
	peers, globs            []string
	out                     string
	force, foreign, secrets bool
}

func (a *app) dumpCmd() *cobra.Command {
	var o dumpOptions
	cmd := &cobra.Command{
		Use:   "dump [KIND/ID...]",
		Short: "Write what peers hold as CUE",
		Long: `Write what peers hold as CUE that people would have written, and change nothing on them.

The peers are those of the cluster, with its addresses and credentials. Of several, what most of them have
stands at cluster scope, and what differs as patches of the peers. What the servers add by themselves, and
what is so by default, is left out; an item that the vocabulary refuses is a comment with the reason.

Secrets become references to the environment, such as env:USER_ALICE_PASSWORD, where a server shows
something in their place, or the vocabulary demands them; --secrets writes them for every item that may
have one. What is to be provided is listed.

Without --out everything goes to standard output, as one file. In DIR there is a file for each kind, and
one for each peer that differs. Nothing is committed. When the files are, the next plan has nothing to do.`,
		Example: "  reconciler dump --peer 1001\n  reconciler dump --out . --foreign 'user/*' folder",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.globs = args
			return a.dump(cmd.Context(), o)
		},
	}
	a.clusterFlags(cmd.Flags())
	a.peerFlags(cmd.Flags())
	flags := cmd.Flags()
	flags.StringSliceVar(&o.peers, "peer", nil, "serials of the peers (default: all)")
	flags.StringVar(&o.out, "out", "", "write files into this folder, which is made if it is missing")
	flags.BoolVar(&o.force, "force", false, "replace files that are there already; each is named")
	flags.BoolVar(&o.foreign, "foreign", false, "only items that Git names nowhere")
	flags.BoolVar(&o.secrets, "secrets", false, "write references also for secrets that the servers do not show")
	return cmd
}

func (a *app) dump(ctx context.Context, o dumpOptions) error {
	c, err := a.load(ctx)
	if err != nil {
		return err
	}
	chosen, err := o.choice(c.Cluster)
	if err != nil {
		return err
	}
	surveyed, err := a.survey(ctx, c.Cluster, chosen.serials)
	if err != nil {
		return err
	}
	d := gather(c.Cluster, surveyed, chosen)
	fits, err := a.fitter().Fit(ctx, c.in, load.Shown{Items: d.shown(), Secrets: o.secrets})
	if err != nil {
		return err
	}
	d.fit(fits)
	if err := a.writeDump(ctx, c, d, o); err != nil {
		return err
	}
	a.ui.dumped(d)
	return first(map[int]bool{exitPartly: d.partly()})
}

// fitter is a child with more time than an evaluation has: what peers hold may be more than what Git does.
func (a *app) fitter() load.Child {
	child := a.loader().Child
	child.Limits = load.Limits{CPU: 10 * time.Minute, Deadline: 20 * time.Minute}
	return child
}

// survey reads peers, and remembers nothing of it.
func (a *app) survey(ctx context.Context, c *schema.Cluster, serials []string) ([]reconcile.Surveyed, error) {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	progress := a.ui.progress(c)
	defer progress.close()
	r, err := a.reconciler(c, key, progress.tell)
	if err != nil {
		return nil, err
	}
	return r.Survey(ctx, c, serials)
}
