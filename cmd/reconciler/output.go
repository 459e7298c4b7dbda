package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

// The formats of plans and reports. With events on standard output nothing else goes there.
const (
	asText     = "text"
	asJSON     = "json"
	asMarkdown = "markdown"
	asGitHub   = "github"
	asEvents   = "events"
)

func planFormats() []string { return []string{asText, asJSON, asMarkdown, asGitHub} }

// planFlags are those of the commands that show a plan or what became of one.
func (a *app) planFlags(flags *pflag.FlagSet) {
	flags.StringVarP(&a.output, "output", "o", asText, strings.Join(planFormats(), ", "))
	flags.BoolVar(&a.full, "full", false, "as text, show every change and every field, however many there are")
}

// eventsFlag is of the commands that take a while.
func (a *app) eventsFlag(flags *pflag.FlagSet) {
	flags.StringVar(&a.eventsTo, "events", "", "also write what happens to this file, a JSON object a line as soon as it does; - for standard output, and nothing else there")
}

// settleOutput checks how a plan is to be shown, before anything is done, and begins to record.
func (a *app) settleOutput(cmd *cobra.Command) error {
	if cmd.Flags().Lookup("full") == nil {
		return nil
	}
	if err := a.format(); err != nil {
		return err
	}
	return a.openEvents(cmd.Name())
}

// format checks -o of a command that shows a plan.
func (a *app) format() error {
	switch {
	case a.eventsTo == "-" && a.output != asText:
		return failf(exitError, "--events - takes standard output for itself: leave -o %s away, or give a file", a.output)
	case a.eventsTo == "-":
		a.output = asEvents
	case !slices.Contains(planFormats(), a.output):
		return failf(exitError, "-o %s: want %s", a.output, strings.Join(planFormats(), ", "))
	}
	return nil
}

// showPlan prints a plan in the format that was asked for. made is of a plan that was saved.
func (a *app) showPlan(c loaded, p plan.Plan, concise bool, made *savedPlan) error {
	a.record.plan(p, made)
	switch a.output {
	case asJSON:
		return a.ui.json(planDocument(p, made))
	case asMarkdown:
		return a.ui.planMarkdown(c, p, made)
	case asGitHub:
		if err := a.ui.planText(c, p, concise, made); err != nil {
			return err
		}
		return a.github(planCommands(p), planMarkdown(c, p, made, stepSummary))
	case asEvents:
		return nil
	default:
		return a.ui.planText(c, p, concise, made)
	}
}

// showReport prints a report in the format that was asked for.
func (a *app) showReport(r reconcile.Report) error {
	a.record.report(r)
	switch a.output {
	case asJSON:
		return a.ui.json(reportDocument(r))
	case asMarkdown:
		return a.ui.reportMarkdown(r)
	case asGitHub:
		if err := a.ui.report(r); err != nil {
			return err
		}
		return a.github(reportCommands(r), reportMarkdown(r, stepSummary))
	case asEvents:
		return nil
	default:
		return a.ui.report(r)
	}
}

// github prints workflow commands, and adds to the summary of the step where a runner keeps one.
func (a *app) github(commands, summary string) error {
	if _, err := a.stdout.Write([]byte(commands)); err != nil {
		return err
	}
	name, _ := a.getenv("GITHUB_STEP_SUMMARY")
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write the step's summary: %w", err)
	}
	_, err = f.WriteString(summary + "\n")
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
