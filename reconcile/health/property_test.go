package health

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// drawPolicy is one that the rules let pass.
func drawPolicy(t *rapid.T) Policy {
	second := func(name string, from, to int) time.Duration {
		return time.Duration(rapid.IntRange(from, to).Draw(t, name)) * time.Second
	}
	p := Policy{Confirm: rapid.Bool().Draw(t, "confirm"), Rise: rapid.IntRange(0, 3).Draw(t, "rise")}
	if rapid.Bool().Draw(t, "probes") {
		p.Probe = second("probe", 1, 10)
		p.Timeout = second("timeout", 1, int(p.Probe/time.Second))
	}
	if p.Probe == 0 || rapid.Bool().Draw(t, "heartbeats") {
		p.Heartbeat = second("heartbeat", 1, 5)
	}
	p.Dead = max(p.Probe, p.Heartbeat) + second("dead", 1, 30)
	p.Warn = time.Duration(rapid.Float64Range(0.01, 1).Draw(t, "warn") * float64(p.Dead))
	return p
}

// drawEvents are some of any kind about the first of so many peers.
func drawEvents(t *rapid.T, peers int) []Event {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Event {
		serial := name(rapid.IntRange(0, peers-1).Draw(t, "peer"))
		boot := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "boot")
		if rapid.Bool().Draw(t, "beat") {
			return Beat{Serial: serial, Boot: boot, Sequence: uint64(rapid.IntRange(0, 50).Draw(t, "sequence")), Closing: rapid.IntRange(0, 9).Draw(t, "closing") == 0}
		}
		what := rapid.SampledFrom([]string{"up", "down", "refuses", "untrusted", "garbled", "unasked"}).Draw(t, "outcome")
		return Probe{Serial: serial, Boot: boot, Err: becomes(what), Deep: rapid.IntRange(0, 5).Draw(t, "deep") == 0, Ask: uint64(rapid.IntRange(0, 3).Draw(t, "ask"))}
	}), 0, 8).Draw(t, "events")
}

func name(i int) string { return fmt.Sprint(1001 + i) }

func watch(policy Policy, n int, freeze Freeze) *State {
	c := Config{Freeze: freeze}
	for i := range n {
		c.Peers = append(c.Peers, Peer{Serial: name(i), Policy: policy})
	}
	return New(c)
}

// never is a freeze that no number of peers comes to.
func never(t interface{ Fatal(...any) }) Freeze {
	f, err := ParseFreeze("100%")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestTransitions: whatever happens, the seed's three states follow on each other as IWAY-38 allows, and what is
// told is what is.
func TestTransitions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state := watch(drawPolicy(t), 3, Freeze{})
		told, verdicts := map[string]Kind{}, map[string]Verdict{}
		now := noon
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(-3000, 15000).Draw(t, "passed")) * time.Millisecond)
			for _, s := range state.Step(now, drawEvents(t, 3)...) {
				checkSignal(t, s, told, verdicts)
			}
			for _, view := range state.View() {
				if was := verdicts[view.Serial]; was != view.Verdict && (was != "" || view.Verdict != Unknown) {
					t.Fatalf("%s: %s, and told was %s", view.Serial, view.Verdict, was)
				}
			}
		}
	})
}

func checkSignal(t interface{ Fatalf(string, ...any) }, s Signal, told map[string]Kind, verdicts map[string]Verdict) {
	allowed := map[Kind][]Kind{TurnsLive: {"", TurnsDead, TurnsClose}, TurnsDead: {TurnsLive}, TurnsClose: {TurnsLive}}
	switch s.Kind {
	case TurnsLive, TurnsDead, TurnsClose:
		if !slices.Contains(allowed[s.Kind], told[s.Serial]) {
			t.Fatalf("%s after %q: %s", s.Kind, told[s.Serial], s)
		}
		told[s.Serial] = s.Kind
		verdicts[s.Serial] = s.Verdict
	case TurnsUnknown, Resumed:
		verdicts[s.Serial] = s.Verdict
	default:
	}
	if s.String() == "" || s.Kind == Ask && s.Ask == 0 {
		t.Fatalf("%#v", s)
	}
}

// TestNeverDeadWhileItAnswers: as long as answers come within Dead, whatever else happens.
func TestNeverDeadWhileItAnswers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy := drawPolicy(t)
		state := watch(policy, 1, never(t))
		now := noon
		state.Step(now, Probe{Serial: name(0)})
		var since time.Duration
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			passed := time.Duration(rapid.IntRange(0, 1000).Draw(t, "passed")) * time.Millisecond
			now, since = now.Add(passed), since+passed
			events := drawEvents(t, 1)
			if since+Tick >= policy.Dead || rapid.IntRange(0, 9).Draw(t, "answers") == 0 {
				since = 0
				events = append(events, Probe{Serial: name(0), Err: becomes(rapid.SampledFrom([]string{"up", "refuses", "busy"}).Draw(t, "answer"))})
			}
			for _, s := range state.Step(now, events...) {
				if s.Kind == TurnsDead {
					t.Fatalf("%s", s)
				}
			}
		}
	})
}

// TestAlwaysDead: a peer that was LIVE and falls silent is DEAD after Dead, and as long as the questions take.
func TestAlwaysDead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy := drawPolicy(t)
		state := watch(policy, 1, never(t))
		a := actor{serial: name(0), policy: policy, probes: "up", beats: policy.Heartbeat > 0, boot: "a"}
		silentFrom := time.Duration(rapid.IntRange(1, 60).Draw(t, "silent from")) * time.Second
		// Two probes at least, the last question and its answer, and a step between.
		limit := silentFrom + policy.Dead + 2*policy.Probe + 4*Tick
		var events []Event
		for at := time.Duration(0); ; at += Tick {
			if at == silentFrom {
				a.probes, a.beats = rapid.SampledFrom([]string{"down", "garbled"}).Draw(t, "how"), false
			}
			signals := state.Step(noon.Add(at), a.speak(events, at)...)
			events = nil
			for _, s := range signals {
				switch s.Kind {
				case TurnsDead:
					if at < silentFrom+policy.Dead-max(policy.Probe, policy.Heartbeat) {
						t.Fatalf("DEAD already at %s", at)
					}
					return
				case Ask:
					events = append(events, Probe{Serial: name(0), Err: becomes("down"), Ask: s.Ask})
				default:
				}
			}
			if at > limit {
				t.Fatalf("not DEAD at %s: %s", at, state.View()[0])
			}
		}
	})
}

// TestUnknownIsNotDead: what tells nothing (could not be asked, another answers) never makes a peer DEAD.
func TestUnknownIsNotDead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy := drawPolicy(t)
		policy.Probe = max(policy.Probe, time.Second)
		state := watch(policy, 1, never(t))
		state.Step(noon, Probe{Serial: name(0)}, Beat{Serial: name(0)})
		var ask uint64
		for at := Tick; at < 10*policy.Dead; at += Tick {
			var events []Event
			if what := rapid.SampledFrom([]string{"", "unasked", "untrusted"}).Draw(t, "outcome"); what != "" {
				events = append(events, Probe{Serial: name(0), Err: becomes(what), Ask: ask})
			}
			for _, s := range state.Step(noon.Add(at), events...) {
				if s.Kind == TurnsDead {
					t.Fatalf("%s", s)
				}
				ask = s.Ask
			}
		}
		if got := state.View()[0].Verdict; got != Unknown {
			t.Fatalf("%s", got)
		}
	})
}

// TestNobodyIsDeadWhileWeDoubt: not while frozen, nor for 30 s after a stall or a jump of the clock.
func TestNobodyIsDeadWhileWeDoubt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy := drawPolicy(t)
		state := watch(policy, 10, Freeze{})
		now, ask := noon, map[string]uint64{}
		calm := observe // nothing was wrong with us before
		down := rapid.IntRange(0, 10).Draw(t, "down")
		for i := range 10 {
			state.Step(now, Probe{Serial: name(i)}, Beat{Serial: name(i)})
		}
		for range 200 {
			passed := Tick
			if rapid.IntRange(0, 40).Draw(t, "jumps") == 0 {
				passed = time.Duration(rapid.SampledFrom([]int{-3600, -3, 4, 3600}).Draw(t, "jump")) * time.Second
			}
			if calm += Tick; passed != Tick {
				calm = 0
			}
			now = now.Add(passed)
			for _, s := range state.Step(now, silence(down, ask)...) {
				if s.Kind == TurnsDead && (calm < observe-Tick || down >= 6) {
					t.Fatalf("after %s, %d of 10 silent: %s", calm, down, s)
				}
				if s.Kind == Ask {
					ask[s.Serial] = s.Ask
				}
			}
		}
	})
}

// silence has the first of ten peers silent, and the others not.
func silence(down int, ask map[string]uint64) []Event {
	var events []Event
	for i := range 10 {
		if i < down {
			events = append(events, Probe{Serial: name(i), Err: becomes("down"), Ask: ask[name(i)]})
		} else {
			events = append(events, Probe{Serial: name(i)}, Beat{Serial: name(i)})
		}
	}
	return events
}

// TestOrder: within a step the order of events does not matter, but for the starts of a peer; and the same
// again gives the same.
func TestOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy := drawPolicy(t)
		one, other := watch(policy, 3, Freeze{}), watch(policy, 3, Freeze{})
		now := noon
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 4000).Draw(t, "passed")) * time.Millisecond)
			events := withoutErrors(drawEvents(t, 3))
			mixed := rapid.Permutation(events).Draw(t, "order")
			a, b := one.Step(now, events...), other.Step(now, mixed...)
			if !reflect.DeepEqual(a, b) || !reflect.DeepEqual(one.View(), other.View()) {
				t.Fatalf("%v\n%v\n%v\n%v", a, b, one.View(), other.View())
			}
		}
	})
}

// withoutErrors has one start of each peer, and one sentence for one outcome: which of two is shown is the
// last one's affair.
func withoutErrors(events []Event) []Event {
	for i, e := range events {
		switch e := e.(type) {
		case Beat:
			e.Boot = "a"
			events[i] = e
		case Probe:
			e.Boot, e.Deep = "", false
			if e.Err != nil && outcomeOf(e.Err) != silent {
				e.Err = nil
			} else if e.Err != nil {
				e.Err = &schema.Failure{Op: "check health", Cause: schema.Unreachable, Err: errors.New("as told")}
			}
			events[i] = e
		}
	}
	return events
}
