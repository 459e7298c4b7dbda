package lease

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

const second = time.Second

// pump is the place of most tests.
func pump() schema.Place { return schema.Place{Role: "pump"} }

// granted is a grant as a controller makes it: at an epoch, until then, with 5 s to stop.
func granted(epoch uint64, until time.Duration) schema.Grant {
	return schema.Grant{Store: "s1", Boot: "b1", Place: pump(), Epoch: epoch, Until: until, StopWithin: 5 * second}
}

func revoked(epoch uint64) schema.Revoke {
	return schema.Revoke{Store: "s1", Place: pump(), Epoch: epoch}
}

// holding is a node that was granted a place at an epoch at 100 s, for 30 s.
func holding(t *testing.T, epoch uint64) Node {
	t.Helper()
	n, _ := Boot(Kept{}, "b1")
	n, commands, err := n.Grant(granted(epoch, 130*second), 100*second)
	if err != nil || !slices.Equal(commands, []Command{{Start, pump(), 125 * second}}) {
		t.Fatalf("grant: %v, %v", commands, err)
	}
	return n
}

func TestNodeStopsBeforeItsLeaseEnds(t *testing.T) {
	n := holding(t, 1)
	for _, step := range []struct {
		now  time.Duration
		want []Command
	}{
		{124 * second, nil},
		{125 * second, []Command{{Stop, pump(), 130 * second}}},
		{126 * second, nil},
		{130 * second, []Command{{Force, pump(), 130 * second}}},
		{131 * second, nil},
	} {
		var got []Command
		if n, got = n.Tick(step.now); !slices.Equal(got, step.want) {
			t.Errorf("at %v: %v, want %v", step.now, got, step.want)
		}
	}
	if got := n.Tenure(131 * second).Places[pump()].State; got != schema.Stopping {
		t.Errorf("before it is known to have stopped: %s", got)
	}
	if got := n.Stopped(pump()).Tenure(131 * second).Places[pump()]; got != (schema.Tenant{Epoch: 1, State: schema.Passive}) {
		t.Errorf("after it has stopped: %+v", got)
	}
}

func TestNodeIsRenewed(t *testing.T) {
	n, commands, err := holding(t, 1).Grant(granted(2, 140*second), 110*second)
	if err != nil || commands != nil {
		t.Fatalf("renewal: %v, %v", commands, err)
	}
	if n, commands, err = n.Grant(granted(2, 135*second), 111*second); err != nil || commands != nil {
		t.Fatalf("a renewal that was overtaken: %v, %v", commands, err)
	}
	if next, _ := n.Next(); next != 135*second {
		t.Errorf("it begins to stop at %v", next)
	}
	n = n.Stopped(pump()) // by itself
	if _, commands, err = n.Grant(granted(2, 145*second), 115*second); err != nil || len(commands) != 1 || commands[0].Act != Start {
		t.Errorf("the renewal after it stopped by itself: %v, %v", commands, err)
	}
}

func TestNodeRefuses(t *testing.T) {
	other := func(change func(*schema.Grant)) schema.Grant {
		g := granted(5, 140*second)
		change(&g)
		return g
	}
	for name, test := range map[string]struct {
		grant schema.Grant
		want  string
	}{
		"lower epoch":    {granted(4, 140*second), "refuse pump/0 at epoch 4: this node has seen epoch 5; assign the place again, at 6 or above"},
		"other boot":     {other(func(g *schema.Grant) { g.Boot = "b0" }), `it is for boot "b0" of this node, which is now "b1"; grant it on a new answer`},
		"other store":    {other(func(g *schema.Grant) { g.Store = "s2" }), "it comes from store s2, and this node takes orders from store s1 alone; enrol it again if that is to change"},
		"no store":       {other(func(g *schema.Grant) { g.Store = "" }), "it names no store"},
		"over":           {granted(5, 109*second), "it leaves -1s"},
		"no time":        {granted(5, 115*second), "it leaves 5s, of which stopping may take 5s; it came too late, or the TTL is too short"},
		"absurd":         {granted(5, 110*second+Longest+1), "it would last 1h0m0.000000001s, and 1h0m0s is the most; look at the TTL and at the clocks"},
		"absurd stop":    {other(func(g *schema.Grant) { g.StopWithin = -1 }), "stopping may take -1ns"},
		"still stopping": {granted(5, 160*second), "it is still being stopped; grant it again once it is passive"},
	} {
		t.Run(name, func(t *testing.T) {
			n := holding(t, 5)
			if name == "still stopping" {
				n, _ = n.Drop()
			}
			after, commands, err := n.Grant(test.grant, 110*second)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			n.latest = after.latest
			if commands != nil || !reflect.DeepEqual(after, n) {
				t.Errorf("it left a trace: %v, %+v", commands, after)
			}
		})
	}
}

func TestNodeRevoked(t *testing.T) {
	n, commands, err := holding(t, 1).Revoke(revoked(2), 110*second)
	if err != nil || !slices.Equal(commands, []Command{{Stop, pump(), 115 * second}}) {
		t.Fatalf("%v, %v", commands, err)
	}
	if _, again, err := n.Revoke(revoked(2), 111*second); err != nil || again != nil {
		t.Errorf("revoked again: %v, %v", again, err)
	}
	n = n.Stopped(pump())
	if got := n.Tenure(112 * second).Places[pump()]; got != (schema.Tenant{Epoch: 2, State: schema.Passive}) {
		t.Errorf("acknowledgement: %+v", got)
	}
	if _, _, err = n.Grant(granted(1, 150*second), 112*second); err == nil {
		t.Error("it takes the epoch that was revoked")
	}
	if _, _, err = n.Revoke(revoked(1), 112*second); err == nil {
		t.Error("it takes a revoke that was overtaken")
	}
	if n, _, err = n.Grant(granted(3, 150*second), 112*second); err != nil {
		t.Fatal(err)
	}
	if _, _, err = n.Revoke(revoked(3), 113*second); err == nil || !strings.Contains(err.Error(), "it is held at 3; revoke a higher one") {
		t.Errorf("revoke of what it was granted since: %v", err)
	}
	if _, _, err = n.Revoke(schema.Revoke{Store: "s2", Place: pump(), Epoch: 9}, 113*second); err == nil {
		t.Error("it takes a revoke of another store")
	}
}

func TestNodeBootsPassive(t *testing.T) {
	rack := schema.Place{Role: "rack", Number: 1}
	n, commands := Boot(holding(t, 5).Kept, "b2", rack)
	if want := []Command{{Force, pump(), 0}, {Force, rack, 0}}; !slices.Equal(commands, want) {
		t.Errorf("%v, want %v", commands, want)
	}
	if got := n.Tenure(second).Places[pump()]; got != (schema.Tenant{Epoch: 5, State: schema.Stopping}) {
		t.Errorf("before it is known to be passive: %+v", got)
	}
	n = n.Stopped(pump())
	for _, g := range []schema.Grant{granted(5, 130*second), {Store: "s1", Boot: "b2", Place: pump(), Epoch: 4, Until: 20 * second}} {
		if _, _, err := n.Grant(g, second); err == nil {
			t.Errorf("it takes %+v", g)
		}
	}
}

func TestNodeDropsItsLeases(t *testing.T) {
	want := []Command{{Force, pump(), 130 * second}}
	if _, commands := holding(t, 1).Drop(); !slices.Equal(commands, want) {
		t.Errorf("dropped: %v", commands)
	}
	n, commands := holding(t, 1).Tick(99 * second)
	if !slices.Equal(commands, want) {
		t.Errorf("the clock went back: %v", commands)
	}
	if _, _, err := n.Stopped(pump()).Grant(granted(1, 140*second), 99*second); err == nil {
		t.Error("it takes a grant for the time before its clock went back")
	}
	if _, again := n.Tick(98 * second); again != nil {
		t.Errorf("and went back again: %v", again)
	}
	if _, commands, err := holding(t, 1).Grant(granted(1, 180*second), 150*second); err == nil || !slices.Equal(commands, want) {
		t.Errorf("a renewal of a lease that is over: %v, %v", commands, err)
	}
}

// TestNodeProperties has a node live through anything, reboots too, beside an oracle that keeps the highest
// epoch and store it ever saw, and the end of the lease.
func TestNodeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var now, until time.Duration
		var seen uint64
		var store string
		boot, runs := "b1", false
		n, _ := Boot(Kept{}, boot)
		obey := func(commands []Command) {
			for _, c := range commands {
				runs = c.Act == Start || runs && c.Act == Stop
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"grant": func(t *rapid.T) {
				g := schema.Grant{
					Store: rapid.SampledFrom([]string{"s1", "s2"}).Draw(t, "store"), Boot: rapid.SampledFrom([]string{"b1", "b2", "b3"}).Draw(t, "boot"),
					Place: pump(), Epoch: rapid.Uint64Range(1, 9).Draw(t, "epoch"),
					Until: now + time.Duration(rapid.IntRange(-5, 40).Draw(t, "left"))*second, StopWithin: 5 * second,
				}
				before := n.Kept
				next, commands, err := n.Grant(g, now)
				obey(commands)
				switch {
				case err != nil && !next.Kept.Equal(before):
					t.Fatalf("refused (%v), and kept %+v", err, next.Kept)
				case err == nil && (store != "" && g.Store != store || g.Boot != boot || g.Epoch < seen || g.Until <= now):
					t.Fatalf("it took %+v", g)
				case err == nil:
					store, seen, until = g.Store, g.Epoch, max(until, g.Until)
				}
				n = next
			},
			"revoke": func(t *rapid.T) {
				r := schema.Revoke{Store: "s1", Place: pump(), Epoch: rapid.Uint64Range(1, 9).Draw(t, "epoch")}
				next, commands, err := n.Revoke(r, now)
				obey(commands)
				if err == nil {
					store, seen = r.Store, max(seen, r.Epoch)
				}
				if s := next.stays[pump()]; err == nil && s.state == schema.Active && s.epoch < r.Epoch {
					t.Fatalf("it goes on at %d", s.epoch)
				}
				n = next
			},
			"wait": func(t *rapid.T) {
				now += time.Duration(rapid.IntRange(0, 20).Draw(t, "so long")) * second
			},
			"stopped": func(*rapid.T) {
				if n.stays[pump()].state == schema.Stopping {
					n, runs, until = n.Stopped(pump()), false, 0
				}
			},
			"reboot": func(t *rapid.T) {
				boot, now, until = rapid.SampledFrom([]string{"b1", "b2", "b3"}).Filter(func(b string) bool { return b != boot }).Draw(t, "as"), 0, 0
				var commands []Command
				n, commands = Boot(n.Kept, boot, pump())
				obey(commands)
			},
			"": func(t *rapid.T) {
				before := n.Kept
				next, commands := n.Tick(now)
				obey(commands)
				n = next
				tenure := n.Tenure(now)
				switch {
				case runs && now >= until:
					t.Fatalf("it runs at %v, and its lease ended at %v", now, until)
				case runs && tenure.Places[pump()].State == schema.Passive:
					t.Fatal("it says that it is passive, and runs")
				case !n.Kept.Equal(before), n.Kept.Store != store, n.Kept.Epochs[pump()] != seen, tenure.Places[pump()].Epoch != seen:
					t.Fatalf("kept %+v, want %s and %d", n.Kept, store, seen)
				}
				if due, ok := n.Next(); ok && due <= now {
					t.Fatalf("at %v it is still due at %v", now, due)
				}
			},
		})
	})
}
