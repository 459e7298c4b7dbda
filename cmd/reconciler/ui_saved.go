package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// saved says where a plan went, and what to do with it.
func (u *ui) saved(name, dir string) {
	at := ""
	if dir != "." {
		at = " -C " + shellWord(dir)
	}
	u.note("Saved to %s. Apply it with: reconciler apply %s%s", oneLine(name), shellWord(name), at)
}

// unverified says that nobody can tell here whether a plan is as it was made.
func (u *ui) unverified(name string) {
	u.note("warning: the state that %s was made with is not here, so it may have been changed since; give --state", oneLine(name))
}

// planText prints a plan for people; of one that was saved also when, and what was agreed to.
func (u *ui) planText(c loaded, p plan.Plan, concise bool, made *savedPlan) error {
	if made != nil {
		u.note("note: made on %s", made.Made.UTC().Format(time.RFC3339))
		for _, line := range made.used() {
			u.note("note: %s", line)
		}
	}
	if err := u.plan(c, p, concise); err != nil || made == nil {
		return err
	}
	flags := consentsOf(made.Options)
	if len(flags) == 0 {
		return nil
	}
	return u.line("Consented: %s.", strings.Join(flags, " "))
}

// used says that a plan was applied, if it was.
func (p *savedPlan) used() []string {
	if p == nil || p.spent == nil {
		return nil
	}
	facts := appliedBy(p.spent)
	return []string{fmt.Sprintf("it was applied by %s on %s, and a plan is applied once", oneLine(facts.By), facts.At.Format(time.RFC3339))}
}

// consentsOf are consents as they are given.
func consentsOf(o reconcile.PlanOptions) []string {
	var flags []string
	for _, flag := range []struct {
		name   string
		values []string
	}{
		{"--take-over", list(o.TakeOver)},
		{"--replace", o.Replace},
		{"--max-deletes", text(o.Overrides.MaxDeletes)},
		{"--max-updates", text(o.Overrides.MaxUpdates)},
		{"--allow-empty", list(o.Overrides.AllowEmpty)},
		{"--prune-foreign", list(o.Overrides.PruneForeign)},
		{"--reason", text(o.Overrides.Reason)},
		{"--target", o.Targeting.Target},
		{"--exclude", o.Targeting.Exclude},
		{"--selector", text(o.Targeting.Labels)},
	} {
		for _, value := range flag.values {
			flags = append(flags, flag.name+" "+shellWord(value))
		}
	}
	return flags
}

// list is the one value of a flag that takes several.
func list(values []string) []string { return text(strings.Join(values, ",")) }

// text is the value of a flag that was given.
func text(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// mostMoved is how many objects of a stale plan are named.
const mostMoved = 50

// moved says what a saved plan touches and is no longer as it was.
func (u *ui) moved(all []reconcile.Move) {
	for _, line := range shifts(all[:min(mostMoved, len(all))]) {
		u.note("%s %s", paint(u.errColor, red, "!"), line)
	}
	if n := len(all) - mostMoved; n > 0 {
		u.note("... and %d more", n)
	}
}

// shifts are all that is not as it was, a line each.
func shifts(moved []reconcile.Move) []string {
	var lines []string
	for _, move := range moved {
		for _, shift := range move.Shifts {
			lines = append(lines, about(move)+": "+shifted(shift))
		}
	}
	return lines
}

func about(m reconcile.Move) string {
	if m.Key == (schema.Key{}) {
		return named(m.Serial, m.Alias)
	}
	return named(m.Serial, m.Alias) + ": " + itemName(m.Key)
}

func shifted(s plan.Shift) string {
	field := ""
	if len(s.Path) > 0 {
		field = short(schema.JoinPath(s.Path)) + ": "
	}
	switch {
	case s.Secret:
		return field + "the secret is another now"
	case s.Side == plan.OnPeer:
		return field + fmt.Sprintf("the peer had %s, and has %s now", show(s.Was), show(s.Now))
	case s.Side == plan.InGit:
		return field + fmt.Sprintf("Git wanted %s, and wants %s now", show(s.Was), show(s.Now))
	default:
		return field + oneLine(s.Text)
	}
}

// unrecorded says what kept events from being written.
func (u *ui) unrecorded(err error) {
	if err != nil {
		u.note("warning: not all events could be written: %s", printable(err.Error()))
	}
}

// leftOut says how many changes there would be now that a saved plan does not have.
func (u *ui) leftOut(n int) {
	if n > 0 {
		u.note("note: %s not in this plan and left alone; make a new plan for what came up since", verb(n, "change is", "changes are"))
	}
}
