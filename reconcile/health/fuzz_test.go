package health

import (
	"testing"
	"time"
)

// FuzzStep plays any stream of events, four bytes each: how much time passes, who, what, and which. Whatever
// comes: the states follow on each other as they may, no peer is DEAD that gave a sign of life within Dead,
// nor without a probe that came to nothing or heartbeats that stopped.
func FuzzStep(f *testing.F) {
	f.Add([]byte{10, 0, 0, 0, 10, 0, 1, 0, 200, 0, 1, 1, 10, 0, 1, 1})
	f.Add([]byte{0, 0, 5, 1, 10, 0, 6, 2, 0, 1, 0, 0, 90, 1, 7, 3, 255, 2, 1, 0})
	f.Fuzz(func(t *testing.T, stream []byte) {
		policy := Policy{Probe: time.Second, Timeout: time.Second, Heartbeat: time.Second, Dead: 5 * time.Second, Warn: 2 * time.Second, Confirm: len(stream)%2 == 0, Rise: 1 + len(stream)%3}
		state := watch(policy, 3, Freeze{})
		told, verdicts := map[string]Kind{}, map[string]Verdict{}
		alive := map[string]time.Time{}
		now := noon
		for ; len(stream) >= 4; stream = stream[4:] {
			now = now.Add(time.Duration(stream[0]) * 20 * time.Millisecond)
			e, signs := event(stream[1], stream[2], stream[3])
			if signs {
				alive[e.peer()] = now
			}
			for _, s := range state.Step(now, e) {
				checkSignal(t, s, told, verdicts)
				if s.Kind == TurnsDead && (now.Sub(alive[s.Serial]) < policy.Dead || s.Failed == 0) {
					t.Fatalf("%s after its last sign: %s", now.Sub(alive[s.Serial]), s)
				}
			}
		}
	})
}

// event is one of any kind, about one of three peers or a stranger; it says whether it is a sign of life.
func event(who, what, which byte) (Event, bool) {
	serial := name(int(who) % 4)
	outcomes := []string{"up", "down", "refuses", "untrusted", "unasked"}
	if what := int(what) % 8; what < len(outcomes) {
		e := Probe{Serial: serial, Err: becomes(outcomes[what]), Ask: uint64(which) % 8, Deep: which >= 128}
		return e, outcomeOf(e.Err) == answered
	}
	return Beat{Serial: serial, Boot: []string{"", "a", "b"}[which%3], Sequence: uint64(which / 3), Closing: what%8 == 7}, false
}
