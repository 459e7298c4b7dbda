package health

import (
	"strings"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestPolicyOf: a peer's own, then its group's, then the cluster's (CLEO-74).
func TestPolicyOf(t *testing.T) {
	t.Parallel()
	no := false
	c := &schema.Cluster{
		Health: schema.ClusterHealth{Health: schema.Health{Probe: "5s", Timeout: "3s", Dead: "5m", Warn: 0.5, Rise: 2, Lease: "30s"}},
		Groups: map[string]schema.Group{"eu": {Health: schema.Health{Probe: "10s", Heartbeat: "100ms"}}},
		Peers:  map[string]schema.Peer{"1001": {Group: "eu", Health: schema.Health{Dead: "1m", Confirm: &no}}, "1002": {}},
	}
	config, err := ConfigOf(c, map[string]Verdict{"1002": Live})
	if err != nil || len(config.Peers) != 2 {
		t.Fatal(config, err)
	}
	for i, want := range []Peer{
		{Serial: "1001", Policy: Policy{
			Probe: 10 * time.Second, Timeout: 3 * time.Second, Heartbeat: 100 * time.Millisecond,
			Dead: time.Minute, Warn: 30 * time.Second, Rise: 2, Lease: 30 * time.Second,
		}},
		{Serial: "1002", Known: Live, Policy: Policy{
			Probe: 5 * time.Second, Timeout: 3 * time.Second,
			Dead: 5 * time.Minute, Warn: 150 * time.Second, Confirm: true, Rise: 2, Lease: 30 * time.Second,
		}},
	} {
		if config.Peers[i] != want {
			t.Errorf("got %+v, want %+v", config.Peers[i], want)
		}
	}
}

func TestPolicyThatTellsNothing(t *testing.T) {
	t.Parallel()
	for want, h := range map[string]schema.Health{
		`1001: probe "soon": want a duration, such as 30s`: {Probe: "soon", Dead: "1m"},
		`1001: dead "-1s": want a duration`:                {Probe: "1s", Dead: "-1s"},
		"give dead, and probe or heartbeat, or a preset":   {Probe: "1s"},
		"1001: nothing tells when it is dead":              {Dead: "1m"},
	} {
		c := &schema.Cluster{Peers: map[string]schema.Peer{"1001": {Health: h}}}
		if _, err := ConfigOf(c, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestFreeze(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value any
		text  string
		n, of int
		want  bool
	}{
		{nil, "55%", 11, 20, false},
		{nil, "55%", 12, 20, true},
		{nil, "55%", 1, 1, false},
		{nil, "55%", 2, 2, true},
		{"50%", "50%", 1, 2, false},
		{"50%", "50%", 2, 3, true},
		{"0%", "0%", 1, 9, false},
		{"100%", "100%", 9, 9, false},
		{0, "0", 1, 9, true},
		{3, "3", 3, 3, false},
		{3.0, "3", 4, 9, true},
		{"3", "3", 4, 4, true},
	} {
		freeze, err := ParseFreeze(test.value)
		if ok(t, freeze, err).exceeded(test.n, test.of) != test.want || freeze.String() != test.text {
			t.Errorf("%v of %d, limit %s: want %t", test.n, test.of, freeze, test.want)
		}
	}
	for _, bad := range []any{"half", "101%", -1, "-1%", 1.5} {
		if _, err := ParseFreeze(bad); err == nil || !strings.Contains(err.Error(), "want a number, or a share") {
			t.Errorf("%v: %v", bad, err)
		}
	}
	c := &schema.Cluster{Health: schema.ClusterHealth{Freeze: "half"}}
	if _, err := ConfigOf(c, nil); err == nil {
		t.Error("half is no freeze")
	}
}

// TestConfigure: of a peer that stays nothing is forgotten, another policy is in force at once, and who goes is
// not heard any more.
func TestConfigure(t *testing.T) {
	t.Parallel()
	policy := Policy{Probe: time.Second, Dead: 30 * time.Second, Confirm: true}
	state := watch(policy, 3, Freeze{})
	state.Step(noon, Probe{Serial: "1001"}, Probe{Serial: "1002"}, Probe{Serial: "1003"})
	shorter := policy
	shorter.Dead = 2 * time.Second
	state.Configure(Config{Freeze: never(t), Peers: []Peer{{Serial: "1002", Policy: shorter}, {Serial: "1001", Policy: policy}, {Serial: "1004", Policy: policy}}})
	if got := state.Verdicts(); len(got) != 3 || got["1001"] != Live || got["1002"] != Live || got["1004"] != Unknown {
		t.Error(got)
	}
	var kinds []string
	down := becomes("down")
	for i := range 3 {
		for _, s := range state.Step(noon.Add(time.Duration(i+1)*time.Second), Probe{Serial: "1001", Err: down}, Probe{Serial: "1002", Err: down, Ask: 1}, Probe{Serial: "1003", Err: down}) {
			kinds = append(kinds, s.Serial+" "+string(s.Kind))
		}
	}
	if got := strings.Join(kinds, ", "); got != "1002 pending, 1002 ask, 1002 dead" {
		t.Error(got)
	}
	if state.suspect != time.Second {
		t.Errorf("the shortest time sets the pace: %s", state.suspect)
	}
	if state.Configure(Config{Peers: []Peer{{Serial: "1001", Policy: policy}}}); state.suspect != 15*time.Second {
		t.Errorf("who left sets the pace: %s", state.suspect)
	}
}

// TestRaisedFreeze: that is how people say that so many are dead indeed. They are asked once more.
func TestRaisedFreeze(t *testing.T) {
	t.Parallel()
	policy := Policy{Probe: time.Second, Dead: 10 * time.Second}
	state := watch(policy, 2, Freeze{})
	state.Step(noon, silence(0, nil)...)
	var dead time.Duration
	for at := Tick; at < 100*Tick; at += Tick {
		if at == 40*Tick {
			if state.Hold() != Frozen {
				t.Error("not frozen")
			}
			state.Configure(Config{Freeze: never(t), Peers: []Peer{{Serial: "1001", Policy: policy}, {Serial: "1002", Policy: policy}}})
		}
		for _, s := range state.Step(noon.Add(at), silence(2, nil)...) {
			if s.Kind == TurnsDead && dead == 0 {
				dead = at
			}
		}
		if want := map[time.Duration]Reason{20 * Tick: Frozen, 50 * Tick: Observing, 80 * Tick: ""}; at%(10*Tick) == 0 {
			if reason, asked := want[at]; asked && state.Hold() != reason {
				t.Errorf("at %s: %s", at, state.Hold())
			}
		}
	}
	if dead != 70*Tick {
		t.Errorf("DEAD at %s, want 30 s after the freeze was raised", dead)
	}
}

// TestMonotonicTime: with a monotonic reading the wall clock does not matter, but that it jumped does.
func TestMonotonicTime(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		passed, wall time.Duration
		want         string
	}{
		"as it should be": {time.Second, time.Second, ""},
		"drift":           {time.Second, 3 * time.Second, ""},
		"set back":        {time.Second, -time.Hour, "the clock was set back by 1h0m1s"},
		"set forward":     {time.Second, time.Hour, "the clock was set forward by 59m59s, or this machine slept"},
		"stall":           {4 * time.Second, 4 * time.Second, "our own loop stood still for 4s"},
		"back, and alone": {-time.Hour, -time.Hour, "the clock was set back by 1h0m0s"},
	} {
		if got := disturbance(test.passed, test.wall); !strings.HasPrefix(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s: got %q", name, got)
		}
	}
}
