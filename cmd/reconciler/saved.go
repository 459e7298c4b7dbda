package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/source"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// savedPlan is a plan that was read from a file. A nil one is a plan that is made now: nothing holds it.
type savedPlan struct {
	reconcile.Saved
	file  *store.PlanFile
	name  string
	spent *store.SpentError // that it was applied before, as far as that is known; nil: it was not
}

// keyed makes a state where a plan is to be saved and there is none: the file is signed with its key.
func (a *app) keyed(out string) error {
	if out == "" {
		return nil
	}
	if _, err := store.Read(a.stateDir(), a.lockTimeout); !errors.Is(err, store.ErrNone) {
		return nil // what is wrong with it is told by who reads it next
	}
	s, err := store.Open(a.stateDir(), a.holder("plan"), a.lockTimeout)
	if err != nil {
		return err
	}
	return s.Close()
}

func (a *app) save(r *reconcile.Reconciler, round *reconcile.Round, c loaded, out string) error {
	id := make([]byte, 16)
	rand.Read(id) // never fails
	if err := store.WritePlan(out, r.Key, r.Save(round, hex.EncodeToString(id), c.subject)); err != nil {
		return err
	}
	a.ui.saved(out, a.dir)
	return nil
}

func readSaved(name string) (*savedPlan, error) {
	file, err := store.ReadPlan(name)
	if err != nil {
		return nil, err
	}
	s := &savedPlan{file: file, name: name}
	return s, file.Decode(&s.Saved)
}

// openSaved reads a plan that is to be applied. Its consents were given when it was made, and its commit is
// read unless another is named.
func (a *app) openSaved(o *applyOptions, name string) (err error) {
	if given := consentsOf(o.consent); len(given) > 0 {
		return failf(exitError, "a saved plan has its own consents and its own part: give %s to plan --out", strings.Join(given, " "))
	}
	if o.saved, err = readSaved(name); err != nil {
		return err
	}
	o.consent = o.saved.Options
	o.consent.TwoWay = false
	if a.rev == "" && !strings.HasPrefix(o.saved.Plan.Revision, source.Files+":") {
		a.rev = o.saved.Plan.Revision
	}
	return nil
}

// current refuses a plan that check refuses. That it was applied before is told to machines too.
func (a *app) current(p *savedPlan, c loaded, s *store.Store) error {
	err := p.check(c, s)
	if p != nil && errors.As(err, &p.spent) && a.output == asJSON {
		err = cmp.Or(a.ui.json(staleDocument(p, nil)), err)
	}
	return err
}

// check refuses a plan that is not this state's, was changed, was applied before or is another cluster's.
func (p *savedPlan) check(c loaded, s *store.Store) error {
	if p == nil {
		return nil
	}
	if err := p.file.Check(s.Key()); err != nil {
		return err
	}
	if p.Plan.Cluster != c.Name {
		return failf(exitError, "%s is a plan for the cluster %s, and this is %s: give the folder of that one with -C", p.name, p.Plan.Cluster, c.Name)
	}
	return s.Unspent(p.ID)
}

// agree returns nil once the round may be carried out: it is what a saved plan said, or somebody agreed.
func (a *app) agree(ctx context.Context, c loaded, r *reconcile.Reconciler, round *reconcile.Round, s *store.Store, o applyOptions) error {
	if err := a.hold(r, round, o.saved); err != nil {
		return err
	}
	if err := a.consent(ctx, c, round, o); err != nil {
		return err
	}
	return o.saved.spend(s, a.holder(o.command))
}

// spend makes sure that the plan is applied once. From here on it counts as applied, whatever comes.
func (p *savedPlan) spend(s *store.Store, by store.Holder) error {
	if p == nil {
		return nil
	}
	return s.Spend(p.ID, by)
}

// hold leaves of a round what the saved plan said, and refuses it if something of that has moved.
func (a *app) hold(r *reconcile.Reconciler, round *reconcile.Round, saved *savedPlan) error {
	if saved == nil {
		return nil
	}
	moved, left := r.Reduce(round, saved.Saved)
	if len(moved) > 0 {
		return a.stale(saved, moved)
	}
	a.ui.leftOut(left)
	return nil
}

// stale says what has moved, in the format that was asked for.
func (a *app) stale(saved *savedPlan, moved []reconcile.Move) error {
	switch a.output {
	case asJSON:
		if err := a.ui.json(staleDocument(saved, moved)); err != nil {
			return err
		}
	case asGitHub:
		if _, err := a.stdout.Write([]byte(commandsOf("error", "apply to "+saved.Plan.Cluster, shifts(moved)))); err != nil {
			return err
		}
		a.ui.moved(moved)
	default:
		a.ui.moved(moved)
	}
	return failf(exitStale, "%s is stale: %s it touches moved since it was made. Nothing was applied; plan again",
		oneLine(saved.name), verb(len(moved), "object that", "objects that"))
}
