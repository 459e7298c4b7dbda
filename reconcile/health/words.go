package health

import (
	"fmt"
	"strings"
	"time"
)

// why is the reason and the evidence in one sentence.
func (v View) why() string {
	if words := v.Reason.words(); words != "" {
		return words + ": " + v.Evidence.String()
	}
	return v.Evidence.String()
}

// words are a reason as people read it, where the evidence does not say it; and what to do about it.
func (r Reason) words() string {
	switch r {
	case Said:
		return "it said that it stops"
	case Unheard:
		return "nothing was heard of it since the watch began, so nobody knows that it ever ran; see its address"
	case Unreached:
		return "its heartbeats come, but it answers no probe: it may do its work, and cannot be told to stop; see its address and what lies between"
	case Unproven:
		return "what answers does not prove that it is the peer, so nothing is known; see its certificate"
	case Unasked:
		return "it is silent, but could not be asked, so nothing is known"
	case Doubted:
		return "it is silent, but only one sign says so"
	case Frozen:
		return "it is silent, like too many others at once"
	case Observing:
		return "it is silent, but we ourselves may be at fault"
	default:
		return ""
	}
}

// String is the evidence in one line: what was heard last, how long ago, and what was not.
func (e Evidence) String() string {
	said := []string{e.probes()}
	switch {
	case e.Expects && e.Beat.IsZero():
		said = append(said, "no heartbeat ever came")
	case !e.Beat.IsZero():
		said = append(said, "last heartbeat "+short(e.BeatAge)+" ago")
	}
	switch {
	case e.Refuted:
		said = append(said, "asked once more: no answer")
	case e.Asked:
		said = append(said, "asked once more")
	}
	if e.Good > 0 {
		said = append(said, fmt.Sprintf("%d good signs since, of %d", e.Good, e.Rise))
	}
	if e.Held > 0 {
		said = append(said, fmt.Sprintf("it dies often, so they must last %s", short(e.Held)))
	}
	if len(e.Unwell) > 0 {
		said = append(said, "unwell: "+strings.Join(e.Unwell, ", "))
	}
	return strings.Join(said, "; ")
}

func (e Evidence) probes() string {
	switch {
	case e.Failed > 0:
		return fmt.Sprintf("no answer to %s %s: %s", count(e.Failed, "probe"), e.since(), e.Err)
	case e.Answered.IsZero() && e.Err != "":
		return "not asked yet: " + e.Err
	case e.Answered.IsZero():
		return "no probe was answered " + e.since()
	case e.Err != "":
		return fmt.Sprintf("answered last at %s: %s", clockTime(e.Answered), e.Err)
	default:
		return "answered last at " + clockTime(e.Answered)
	}
}

// since is when the last answer came.
func (e Evidence) since() string {
	if e.Answered.IsZero() {
		return "since the watch began at " + clockTime(e.Watched)
	}
	return "since " + clockTime(e.Answered)
}

func clockTime(t time.Time) string {
	if t.IsZero() {
		return "the start"
	}
	return t.UTC().Format("15:04:05Z")
}

// short is a duration as people compare them.
func short(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
