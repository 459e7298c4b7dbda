package health

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/schema"
)

var update = flag.Bool("update", false, "rewrite the signals in testdata")

// TestStories runs the files in testdata. Each is named after what it is about. Its first lines say what is
// watched:
//
//	policy dead=30s probe=5s ...   of the peers that follow; confirm and no-confirm are words of their own
//	peer SERIAL... [known VERDICT]
//	freeze LIMIT, tick DURATION    default: 55%, 1s
//	words                          signals in whole sentences, not only their kind
//
// The others say what happens, "TIME SERIAL... WHAT", and below each, indented, what signals it led to:
//
//	up, down, refuses, busy, rejected, garbled, untrusted, unasked, lost   what becomes of its probes from now on
//	deep-ok, deep-fails      what became of a dearer check
//	beats, mute              whether its heartbeats come from now on
//	boot NAME                it is another start from now on
//	close [NAME], beat NAME SEQUENCE     one such message; NAME is a boot
//	ails PART WHAT           a heartbeat that says what is wrong with a part
//	answer, refuse           one result of a probe, out of the order
//
// and, without a serial: "stall DURATION", "clock DURATION", "end", and "view", which shows what is known.
func TestStories(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			after := tell(t, string(before))
			if *update {
				if err := os.WriteFile(file, []byte(after), 0o600); err != nil {
					t.Fatal(err)
				}
			} else if d := gocmp.Diff(string(before), after); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// theatre is a story as it is played: peers that answer as they were told to.
type theatre struct {
	t      *testing.T
	config Config
	policy Policy
	tick   time.Duration
	words  bool
	state  *State
	actors []*actor
	now    time.Time
	played time.Duration
	out    []string
	events []Event // of the next step
}

// actor is a peer on the stage.
type actor struct {
	serial    string
	policy    Policy
	probes    string // what becomes of them; "": they were not asked for yet
	beats     bool
	boot      string
	sequence  uint64
	nextProbe time.Duration
	nextBeat  time.Duration
}

func tell(t *testing.T, text string) string {
	t.Helper()
	th := &theatre{t: t, tick: Tick, now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "  ") {
			continue // what it led to the last time
		}
		words := strings.Fields(line)
		if len(words) > 0 && words[0] != "#" {
			th.line(line, words)
		} else {
			th.out = append(th.out, line)
		}
	}
	return strings.Join(th.out, "\n") + "\n"
}

func (th *theatre) line(line string, words []string) {
	th.t.Helper()
	switch words[0] {
	case "policy":
		th.policy = parsePolicy(th.t, words[1:])
	case "peer":
		th.cast(words[1:])
	case "freeze":
		freeze, err := ParseFreeze(words[1])
		th.config.Freeze = ok(th.t, freeze, err)
	case "tick":
		th.tick = span(th.t, words[1])
	case "words":
		th.words = true
	default:
		th.play(span(th.t, words[0]))
		th.out = append(th.out, line)
		th.act(words[1:])
		return
	}
	th.out = append(th.out, line)
}

func (th *theatre) cast(words []string) {
	var known Verdict
	if i := slices.Index(words, "known"); i >= 0 {
		known, words = Verdict(words[i+1]), words[:i]
	}
	for _, serial := range words {
		th.config.Peers = append(th.config.Peers, Peer{Serial: serial, Policy: th.policy, Known: known})
		th.actors = append(th.actors, &actor{serial: serial, policy: th.policy, boot: "a"})
	}
}

// play lets time pass until the next line.
func (th *theatre) play(until time.Duration) {
	if th.state == nil {
		th.state = New(th.config)
	}
	for th.played < until {
		th.step()
		th.played += th.tick
		th.now = th.now.Add(th.tick)
	}
}

func (th *theatre) step() {
	events := th.events
	th.events = nil
	for _, a := range th.actors {
		events = a.speak(events, th.played)
	}
	for _, signal := range th.state.Step(th.now, events...) {
		text := strings.TrimSpace(signal.Serial + " " + string(signal.Kind))
		if th.words {
			text = signal.String()
		}
		th.out = append(th.out, fmt.Sprintf("  %s %s", th.played, text))
		th.answer(signal)
	}
}

// answer gives the answer to a last question in the next step.
func (th *theatre) answer(signal Signal) {
	for _, a := range th.actors {
		if signal.Kind == Ask && a.serial == signal.Serial && a.probes != "lost" {
			th.events = append(th.events, Probe{Serial: a.serial, Err: becomes(a.probes), Ask: signal.Ask})
		}
	}
}

func (th *theatre) act(words []string) {
	th.t.Helper()
	switch words[0] {
	case "end":
		return
	case "view":
		for _, view := range th.state.View() {
			th.out = append(th.out, "  "+view.String())
		}
		return
	case "stall", "clock":
		th.now = th.now.Add(span(th.t, words[1]))
		return
	}
	for len(words) > 0 && th.actor(words[0]) != nil {
		a := th.actor(words[0])
		what := slices.IndexFunc(words, func(w string) bool { return th.actor(w) == nil })
		th.events = a.told(th.t, words[what:], th.events, th.played)
		words = words[1:]
	}
}

func (th *theatre) actor(serial string) *actor {
	if i := slices.IndexFunc(th.actors, func(a *actor) bool { return a.serial == serial }); i >= 0 {
		return th.actors[i]
	}
	return nil
}

func (a *actor) told(t *testing.T, words []string, events []Event, now time.Duration) []Event {
	t.Helper()
	rest := append(words[1:], "", "")
	switch words[0] {
	case "up", "down", "refuses", "busy", "rejected", "garbled", "untrusted", "unasked", "lost":
		if a.probes == "" {
			a.nextProbe = now
		}
		a.probes = words[0]
	case "deep-ok":
		return append(events, Probe{Serial: a.serial, Deep: true})
	case "deep-fails":
		return append(events, Probe{Serial: a.serial, Deep: true, Err: becomes("down")})
	case "beats":
		a.beats, a.nextBeat = true, now
	case "mute":
		a.beats = false
	case "boot":
		a.boot, a.sequence = rest[0], 0
	case "close":
		return append(events, Beat{Serial: a.serial, Boot: cmp.Or(rest[0], a.boot), Sequence: a.sequence + 1, Closing: true})
	case "beat":
		n, err := strconv.ParseUint(rest[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return append(events, Beat{Serial: a.serial, Boot: rest[0], Sequence: n})
	case "ails":
		return append(events, Beat{Serial: a.serial, Boot: a.boot, Sequence: a.sequence + 1, Components: map[string]string{rest[0]: rest[1]}})
	case "answer":
		return append(events, Probe{Serial: a.serial})
	case "refuse":
		return append(events, Probe{Serial: a.serial, Err: becomes("down")})
	default:
		t.Fatalf("%q is nothing that a peer does", words[0])
	}
	return events
}

// speak adds what is heard of the peer at a time.
func (a *actor) speak(events []Event, now time.Duration) []Event {
	if a.probes != "" && a.policy.Probe > 0 && now >= a.nextProbe {
		a.nextProbe = now + a.policy.Probe
		if a.probes != "lost" {
			events = append(events, Probe{Serial: a.serial, Err: becomes(a.probes)})
		}
	}
	if a.beats && now >= a.nextBeat {
		a.nextBeat = now + a.policy.Heartbeat
		a.sequence++
		events = append(events, Beat{Serial: a.serial, Boot: a.boot, Sequence: a.sequence})
	}
	return events
}

// becomes is what becomes of a probe.
func becomes(what string) error {
	cause, failed := map[string]schema.Cause{
		"down": schema.Unreachable, "refuses": schema.Unauthorised, "busy": schema.Busy, "rejected": schema.Rejected,
		"garbled": schema.Garbled, "untrusted": schema.Untrusted,
	}[what]
	switch {
	case failed:
		return &schema.Failure{Op: "check health", Cause: cause, Err: errors.New("as told")}
	case what == "unasked":
		return errors.New("too many open files")
	default:
		return nil
	}
}

func parsePolicy(t *testing.T, words []string) Policy {
	t.Helper()
	p := Policy{Confirm: true, Rise: 1}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "confirm", "no-confirm":
			p.Confirm = name == "confirm"
		case "rise":
			n, err := strconv.Atoi(value)
			p.Rise = ok(t, n, err)
		default:
			field := map[string]*time.Duration{
				"probe": &p.Probe, "timeout": &p.Timeout, "heartbeat": &p.Heartbeat, "dead": &p.Dead, "warn": &p.Warn,
			}[name]
			if field == nil {
				t.Fatalf("%q is no field of a policy", name)
			}
			*field = span(t, value)
		}
	}
	return p
}

func span(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	return ok(t, d, err)
}
