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
}

func planDocument(p plan.Plan, made *reconcile.Saved) planJSON {
	d := planJSON{Plan: p, Summary: p.Summary()}
	if made != nil {
		d.Saved = &savedFacts{made.ID, made.Made, made.Options.TakeOver, made.Options.Replace}
	}
	return d
}

// reportJSON is a report for machines; docs/schema/report.json describes it.
type reportJSON struct {
	reconcile.Report
	Summary reconcile.Counts `json:"summary"`
}

func reportDocument(r reconcile.Report) reportJSON { return reportJSON{r, r.Counts()} }
