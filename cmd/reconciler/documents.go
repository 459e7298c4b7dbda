package main

import (
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
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
}

func planDocument(p plan.Plan, made *reconcile.Saved) planJSON {
	d := planJSON{Plan: p, Summary: p.Summary()}
	if made != nil {
		d.Saved = &savedFacts{ID: made.ID, Made: made.Made, TakeOver: made.Options.TakeOver, Replace: made.Options.Replace}
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
