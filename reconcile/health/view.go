package health

import (
	"maps"
	"slices"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// View is the health of a peer at one moment.
type View struct {
	Serial   string    `json:"serial,omitempty"`
	Verdict  Verdict   `json:"verdict,omitempty"`
	Reason   Reason    `json:"reason,omitempty"`
	Since    time.Time `json:"since,omitzero"` // that the verdict holds
	Pending  bool      `json:"pending,omitempty"`
	Evidence `json:"evidence,omitzero"`
}

// Evidence is what a verdict rests on. Durations are nanoseconds in JSON, and leave out the time in which we
// stood still; times are as the caller of Step gave them.
type Evidence struct {
	Silence  time.Duration `json:"silence"`            // since the last sign of life, or since the watch began
	Dead     time.Duration `json:"dead"`               // DEAD after so much of it
	Watched  time.Time     `json:"watched,omitzero"`   // when the watch began
	Answered time.Time     `json:"answered,omitzero"`  // the last answer to a probe; zero: there was none
	Failed   int           `json:"failed,omitempty"`   // probes without an answer since
	Err      string        `json:"error,omitempty"`    // of the last probe, if it was not well
	Cause    schema.Cause  `json:"cause,omitempty"`    // of that; "": it could not be asked
	Expects  bool          `json:"expects,omitempty"`  // heartbeats
	Beat     time.Time     `json:"beat,omitzero"`      // the last of them; zero: there was none
	BeatAge  time.Duration `json:"beatAge,omitempty"`  // how long ago that is
	Asked    bool          `json:"asked,omitempty"`    // it was asked once more before DEAD
	Refuted  bool          `json:"refuted,omitempty"`  // and gave no answer
	Boot     string        `json:"boot,omitempty"`     // of the start that speaks
	Unwell   []string      `json:"unwell,omitempty"`   // what is wrong with its parts and the dearer check
	Good     int           `json:"good,omitempty"`     // good signs in a row since it was DEAD or CLOSE
	Rise     int           `json:"rise,omitempty"`     // so many make it LIVE again
	Held     time.Duration `json:"heldBack,omitempty"` // for so long they must go on, since it dies often
}

// View returns the health of all peers in the order of their serials.
func (s *State) View() []View {
	views := make([]View, len(s.peers))
	for i, p := range s.peers {
		views[i] = s.view(p)
	}
	return views
}

// Verdicts returns the verdicts by serial.
func (s *State) Verdicts() map[string]Verdict {
	verdicts := make(map[string]Verdict, len(s.peers))
	for _, p := range s.peers {
		verdicts[p.Serial] = p.verdict
	}
	return verdicts
}

// Hold is why nothing is to be moved now: Frozen or Observing; "": nothing holds.
func (s *State) Hold() Reason {
	switch {
	case s.frozen:
		return Frozen
	case s.clock.observing():
		return Observing
	default:
		return ""
	}
}

func (s *State) view(p *peer) View {
	return View{
		Serial: p.Serial, Verdict: p.verdict, Reason: p.reason, Since: p.since.when,
		Pending: p.pending, Evidence: p.evidence(s.clock.at),
	}
}

func (p *peer) evidence(at time.Duration) Evidence {
	e := Evidence{
		Silence: p.silence(at), Dead: p.Policy.Dead, Watched: p.began.when,
		Answered: p.answered.when, Failed: p.failed, Cause: schema.CauseOf(p.err),
		Expects: p.Policy.Heartbeat > 0, Beat: p.beat.when, Boot: p.boot,
		Asked: p.ask.number != 0, Refuted: p.ask.got == silent, Unwell: p.ails(),
	}
	if p.err != nil {
		e.Err = p.err.Error()
	}
	if !p.beat.never() {
		e.BeatAge = at - p.beat.at
	}
	if p.verdict == Dead || p.verdict == Close {
		e.Good, e.Rise = p.run.n, max(p.Policy.Rise, 1)
	}
	if p.verdict == Dead {
		e.Held = p.run.hold(p.Policy.Dead)
	}
	return e
}

// ails is what is wrong with a peer that may live all the same.
func (p *peer) ails() []string {
	var ails []string
	for _, name := range slices.Sorted(maps.Keys(p.components)) {
		if wrong := p.components[name]; wrong != "" {
			ails = append(ails, name+": "+wrong)
		}
	}
	if p.unwell != nil {
		ails = append(ails, p.unwell.Error())
	}
	return ails
}

// String is "1003: LIVE since 12:00:05Z: " and why.
func (v View) String() string {
	return v.Serial + ": " + string(v.Verdict) + " since " + clockTime(v.Since) + ": " + v.why()
}
