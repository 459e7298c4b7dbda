package assign

import (
	"fmt"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
)

// clock is a time for people: of today without the day. UTC.
func (t *table) clock(at time.Time) string {
	at, now := at.UTC(), t.in.Now.UTC()
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return at.Format(time.TimeOnly)
	}
	return at.Format(time.DateTime)
}

// verdict is what there is to say of a peer's health.
func (t *table) verdict(p *peer) string {
	if unfit := t.unfit(p.serial); unfit != "" && alive(p) {
		return unfit
	}
	if p.Since.IsZero() {
		return string(p.Verdict)
	}
	return fmt.Sprintf("%s since %s", p.Verdict, t.clock(p.Since))
}

// absent is why a peer gets nothing new.
func (t *table) absent(p *peer) string {
	if p.suspended != nil && alive(p) && t.unfit(p.serial) == "" {
		return "suspended" + because(p.suspended.Reason)
	}
	return t.verdict(p)
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func dead(p *peer) bool { return p.Verdict == health.Dead }

// alive tells whether a peer has not lost what it holds; UNKNOWN is not dead.
func alive(p *peer) bool { return p.Verdict != health.Dead && p.Verdict != health.Close }
