package main

import (
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// planJSON is a plan for machines; docs/schema/plan.json describes it.
type planJSON struct {
	plan.Plan
	Summary plan.Summary `json:"summary"`
	Saved   *savedFacts  `json:"saved,omitempty"`
}

// savedFacts are what a plan has only once it was saved.
type savedFacts struct {
	ID       string    `json:"id"`
	Made     time.Time `json:"made"`
	TakeOver []string  `json:"takeOver,omitempty"`
	Replace  []string  `json:"replace,omitempty"`

	Overrides *reconcile.Overrides `json:"overrides,omitempty"` // of guards, with who gave them and why
	Applied   *appliedFacts        `json:"applied,omitempty"`   // absent: it was not, as far as is known here
}

// appliedFacts are who applied a plan, and when.
type appliedFacts struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

func appliedBy(spent *store.SpentError) *appliedFacts {
	if spent == nil {
		return nil
	}
	return &appliedFacts{By: spent.By.User + "@" + spent.By.Host, At: spent.By.Since.UTC()}
}

func planDocument(p plan.Plan, made *savedPlan) planJSON {
	d := planJSON{Plan: p, Summary: p.Summary()}
	if made != nil {
		d.Saved = &savedFacts{ID: made.ID, Made: made.Made, TakeOver: made.Options.TakeOver, Replace: made.Options.Replace, Applied: appliedBy(made.spent)}
		if o := made.Options.Overrides; o.Given() {
			d.Saved.Overrides = &o
		}
	}
	return d
}

// reportJSON is a report for machines; docs/schema/report.json describes it.
type reportJSON struct {
	reconcile.Report
	Summary reconcile.Counts `json:"summary"`
}

func reportDocument(r reconcile.Report) reportJSON { return reportJSON{r, r.Counts()} }

// staleJSON says why a saved plan is not applied; docs/schema/stale.json describes it.
type staleJSON struct {
	Version  int           `json:"version"` // of this format
	Cluster  string        `json:"cluster"`
	Revision string        `json:"revision"` // that the plan was made of
	Saved    savedFacts    `json:"saved"`
	Moved    []movedObject `json:"moved"`
}

// movedObject is an item, or without kind and id a peer, that is not as the plan has it.
type movedObject struct {
	Serial string       `json:"serial"`
	Alias  string       `json:"alias,omitempty"`
	Kind   string       `json:"kind,omitempty"`
	ID     string       `json:"id,omitempty"`
	Shifts []plan.Shift `json:"shifts"`
}

func staleDocument(s *savedPlan, moved []reconcile.Move) staleJSON {
	d := staleJSON{Version: 1, Cluster: s.Plan.Cluster, Revision: s.Plan.Revision, Saved: *planDocument(s.Plan, s).Saved, Moved: []movedObject{}}
	for _, m := range moved {
		d.Moved = append(d.Moved, movedObject{m.Serial, m.Alias, m.Key.Kind, m.Key.ID, m.Shifts})
	}
	return d
}
