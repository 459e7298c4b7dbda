package main

import (
	"github.com/spf13/pflag"

	"github.com/gitops-reconciler/reconciler/reconcile"
)

// overrideFlags are the consents to go beyond the guards of a cluster.
func overrideFlags(flags *pflag.FlagSet, o *reconcile.Overrides) {
	flags.StringVar(&o.MaxDeletes, "max-deletes", "", "how many items may be deleted on a peer or of the cluster, as N or N%, instead of guards.deletes")
	flags.StringVar(&o.MaxUpdates, "max-updates", "", "how many items may be updated, as N or N%, instead of guards.updates")
	flags.StringSliceVar(&o.AllowEmpty, "allow-empty", nil, "serials of peers from which everything may be deleted")
	flags.StringSliceVar(&o.PruneForeign, "prune-foreign", nil,
		"serials of peers on which what Git never named may be deleted, of the classes where guards.prune is all")
	flags.StringVar(&o.Reason, "reason", "", "why this run goes beyond a guard, or takes over; the report keeps it, with who ran it")
}

// targetFlags narrow a run. Ids may have commas, so each pattern is given by itself.
func targetFlags(flags *pflag.FlagSet, t *reconcile.Targeting) {
	flags.StringArrayVar(&t.Target, "target", nil,
		"only PEER, KIND, KIND/ID, PEER:KIND or PEER:KIND/ID, with * for any text; may be given several times")
	flags.StringArrayVar(&t.Exclude, "exclude", nil, "all but that, written as for --target; may be given several times")
	flags.StringVarP(&t.Labels, "selector", "l", "", "only peers with these labels: KEY=VALUE, KEY!=VALUE, KEY or !KEY, with commas between")
}

// account puts down who overrides guards. Where nobody can be asked later, because a machine runs this, why
// has to be said as well.
func (a *app) account(o *reconcile.Overrides) error {
	if !o.Given() && o.Reason == "" {
		return nil
	}
	if o.Reason == "" && !a.terminal.in {
		return failf(exitError, "a guard is overridden, and there is no terminal: say why with --reason TEXT, which the report keeps")
	}
	h := a.holder("apply")
	o.By = h.User + "@" + h.Host
	return nil
}

// answer is account for a run that may carry out a saved plan: who made that has answered for it.
func (a *app) answer(saved *savedPlan, o *reconcile.Overrides) error {
	if saved != nil {
		return nil
	}
	return a.account(o)
}
