package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
)

// roles prints who holds what; of one role also why, and what there is to say of each candidate.
func (u *ui) roles(s roles.Status, explain bool) error {
	var b strings.Builder
	for _, line := range []struct{ label, text string }{{"frozen", s.Hold}, {"paused", s.Paused}} {
		if line.text != "" {
			fmt.Fprintf(&b, "%s: %s\n", line.label, oneLine(line.text))
		}
	}
	for _, a := range s.Alarms {
		fmt.Fprintf(&b, "%s %s\n", paint(u.outColor, red, "alarm:"), alarmLine(a))
	}
	if len(s.Roles) == 0 {
		b.WriteString("No roles are declared.\n")
		return u.print(b.String())
	}
	rows := [][]string{{"ROLE", "SEAT", "HOLDER", "EPOCH", "SINCE", "STATE", "NEXT", "CLASS"}}
	for _, role := range s.Roles {
		for _, place := range role.Places {
			rows = append(rows, []string{
				roleName(role, place), dash(place.Seat), dash(place.Holder), fmt.Sprint(place.Epoch), stamp(place.Since),
				placeState(role, place), dash(place.Next), role.Class,
			})
		}
	}
	b.WriteString(columns(rows))
	for _, role := range s.Roles {
		u.explained(&b, role, explain)
	}
	for _, serial := range slices.Sorted(maps.Keys(s.Enrolled)) {
		fmt.Fprintf(&b, "%s: %s\n", short(serial), oneLine(s.Enrolled[serial]))
	}
	return u.print(b.String())
}

func roleName(role roles.RoleStatus, place roles.PlaceStatus) string {
	if len(role.Places) == 1 {
		return short(role.Name)
	}
	return short(place.Place.String())
}

func placeState(role roles.RoleStatus, p roles.PlaceStatus) string {
	switch {
	case p.Do != "":
		return "BLOCKED"
	case p.Moves != "":
		return "moves to " + short(p.Moves)
	case p.Holder == "":
		return "-"
	case p.State == "" && p.Items == 0 && role.Class != "leased":
		return "recorded"
	default:
		return cmp.Or(string(p.State), "no answer")
	}
}

// explained says what needs words: always what is wrong, and the whole of it if asked.
func (u *ui) explained(b *strings.Builder, role roles.RoleStatus, all bool) {
	name := short(role.Name)
	if role.Status != "normal" {
		fmt.Fprintf(b, "\n%s: %s: %s\n", name, role.Status, oneLine(role.Why))
	}
	for _, place := range role.Places {
		at := short(place.Place.String())
		if all && place.Cause != "" {
			fmt.Fprintf(b, "\n%s: held by %s since %s: %s\n", at, dash(place.Holder), stamp(place.Since), oneLine(place.Cause))
		}
		for _, text := range []string{place.Kept, untilWhen(place.Wait, place.Until)} {
			if text != "" {
				fmt.Fprintf(b, "\n%s: %s\n", at, oneLine(text))
			}
		}
		if place.Do != "" {
			fmt.Fprintf(b, "%s\n", oneLine(place.Do))
		}
	}
	if !all {
		return
	}
	b.WriteString("\nCandidates, in order of rank:\n")
	for _, c := range role.Candidates {
		fmt.Fprintf(b, "  %s: %s\n", short(c.Serial), oneLine(c.Reason))
	}
}

// untilWhen says for what something waits, and until when, if that is known.
func untilWhen(why string, until time.Time) string {
	if why == "" || until.IsZero() {
		return why
	}
	return fmt.Sprintf("%s: waits until %s", why, stamp(until))
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// switchover says what was asked for comes to.
func (u *ui) switchover(s roles.Switchover, dry bool) error {
	if s.Refused != "" {
		return u.line("%s stays with %s: %s", short(s.Place.String()), dash(s.From), oneLine(s.Refused))
	}
	if len(s.Moves) == 0 {
		return u.line("%s is held by %s already.", short(s.Place.String()), dash(s.To))
	}
	for _, m := range s.Moves {
		if err := u.line("<> %s: %s -> %s (%s: %s)", short(m.Place.String()), dash(m.From), dash(m.To), m.Kind, oneLine(m.Cause)); err != nil {
			return err
		}
	}
	if s.Waits != "" {
		if err := u.line("%s", oneLine(untilWhen(s.Waits, s.Until))); err != nil {
			return err
		}
	}
	if dry {
		return u.line("Nothing was changed.")
	}
	return u.line("Asked for. reconciler roles shows how it goes.")
}

// kept says what happened to the roles, and to the health of the peers.
func (u *ui) kept(e roles.Event) {
	line, urgent := keptLine(e)
	if urgent {
		line = paint(u.errColor, red, "alarm:") + " " + line
	}
	u.note("%s", line)
}

// keptLine is an event in words, and whether somebody should be woken for it.
func keptLine(e roles.Event) (line string, urgent bool) {
	text, at, peer := oneLine(e.Text), short(e.Place.String()), short(e.Peer)
	switch e.Kind {
	case roles.Health:
		return oneLine(e.Signal.String()), e.Signal.Kind == health.TurnsDead || e.Signal.Kind == health.Freezes
	case roles.Moved:
		return fmt.Sprintf("<> %s: %s -> %s, epoch %d: %s", at, dash(e.From), dash(e.To), e.Epoch, text), false
	case roles.Moving:
		return fmt.Sprintf("%s is to move from %s to %s: %s", at, dash(e.From), dash(e.To), text), false
	case roles.Stop:
		return fmt.Sprintf("%s: switched off what %s runs", peer, at), false
	case roles.Start:
		return fmt.Sprintf("%s: switched on what %s runs", peer, at), false
	case roles.Settled:
		return "it is certain now who holds what", false
	case roles.Unblocked:
		return at + " is blocked no longer", false
	default:
		return keptAlarm(e)
	}
}

func keptAlarm(e roles.Event) (line string, urgent bool) {
	text := oneLine(e.Text)
	switch e.Kind {
	case roles.Blocked:
		return fmt.Sprintf("%s is BLOCKED: %s. What to do: %s", short(e.Place.String()), text, oneLine(e.Do)), true
	case roles.Fencing:
		return fmt.Sprintf("%s: to be fenced by hook %s", short(e.Peer), text), false
	case roles.FenceDone:
		return fmt.Sprintf("%s: fenced by hook %s: what it held moves now", short(e.Peer), text), false
	case roles.FenceFail:
		return fmt.Sprintf("%s: could not be fenced, and is tried again: %s", short(e.Peer), text), true
	case roles.Enrolling:
		return fmt.Sprintf("%s: %s", short(e.Peer), text), false
	case roles.Enrolled:
		return fmt.Sprintf("%s: it came up passive: a restart of it is a fence now (%s)", short(e.Peer), text), false
	case roles.EnrolFail:
		return fmt.Sprintf("%s: it is not known to come up passive: %s", short(e.Peer), text), true
	case roles.Alarmed:
		return alarmLine(roles.Alarm{Trouble: e.Alarm, Place: e.Place, Peer: e.Peer, Why: e.Text, Do: e.Do}), true
	case roles.Calmed:
		return "over: " + troubled(roles.Alarm{Trouble: e.Alarm, Place: e.Place, Peer: e.Peer}), false
	default:
		return fmt.Sprintf("%s: %s", short(e.Peer), text), false
	}
}

// alarmLine is all that there is to say of an alarm.
func alarmLine(a roles.Alarm) string {
	return fmt.Sprintf("%s: %s. What to do: %s", troubled(a), oneLine(a.Why), oneLine(a.Do))
}

// troubled is what an alarm is about.
func troubled(a roles.Alarm) string {
	switch a.Trouble {
	case roles.StoreLost:
		return "who holds what cannot be confirmed"
	case roles.Unwritten:
		return "no role moves"
	case roles.Deposed:
		return "this controller leads no longer"
	default:
		return short(a.Place.String()) + " at " + short(a.Peer)
	}
}
