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
func (u *ui) saved(name string) {
	u.note("Saved to %s. Apply it with: reconciler apply %s", oneLine(name), shellWord(name))
}

// made says when a saved plan was made.
func (u *ui) made(s reconcile.Saved) {
	u.note("note: made on %s", s.Made.UTC().Format(time.RFC3339))
}

// unverified says that nobody can tell here whether a plan is as it was made.
func (u *ui) unverified(name string) {
	u.note("warning: the state that %s was made with is not here, so it may have been changed since; give --state", oneLine(name))
}

// consents says what was agreed to when a plan was made.
func (u *ui) consents(s reconcile.Saved) error {
	flags := consentsOf(s.Options)
	if len(flags) == 0 {
		return nil
	}
	return u.line("Consented: %s.", strings.Join(flags, " "))
}

func consentsOf(o reconcile.PlanOptions) []string {
	var flags []string
	if len(o.TakeOver) > 0 {
		flags = append(flags, "--take-over "+shellWord(strings.Join(o.TakeOver, ",")))
	}
	for _, glob := range o.Replace {
		flags = append(flags, "--replace "+shellWord(glob))
	}
	return flags
}

// savedJSON prints a saved plan for machines: as plan does, and what is known of the file.
func (u *ui) savedJSON(s reconcile.Saved) error {
	return u.json(struct {
		plan.Plan
		Summary plan.Summary `json:"summary"`
		Saved   savedFacts   `json:"saved"`
	}{s.Plan, s.Plan.Summary(), savedFacts{s.ID, s.Made, s.Options.TakeOver, s.Options.Replace}})
}

// savedFacts are what a plan has only once it was saved.
type savedFacts struct {
	ID       string    `json:"id"`
	Made     time.Time `json:"made"`
	TakeOver []string  `json:"takeOver,omitempty"`
	Replace  []string  `json:"replace,omitempty"`
}

// mostMoved is how many objects of a stale plan are named.
const mostMoved = 50

// stale says what a saved plan touches and is no longer as it was.
func (u *ui) stale(name string, moved []reconcile.Move) error {
	for _, move := range moved[:min(mostMoved, len(moved))] {
		for _, shift := range move.Shifts {
			u.note("%s %s: %s", paint(u.errColor, red, "!"), about(move), shifted(shift))
		}
	}
	if n := len(moved) - mostMoved; n > 0 {
		u.note("... and %d more", n)
	}
	return failf(exitStale, "%s is stale: %s it touches moved since it was made. Nothing was applied; plan again",
		name, verb(len(moved), "object that", "objects that"))
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
		field = oneLine(schema.JoinPath(s.Path)) + ": "
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

// leftOut says how many changes there would be now that a saved plan does not have.
func (u *ui) leftOut(n int) {
	if n > 0 {
		u.note("note: %s not in this plan and left alone; make a new plan for what came up since", verb(n, "change is", "changes are"))
	}
}
