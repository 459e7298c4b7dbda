package lease

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// terms are those of the preset standard.
func terms() Terms {
	return Terms{TTL: 30 * second, StopWithin: 5 * second, Guard: second, Rho: 0.01, Late: 20 * second}
}

func TestWait(t *testing.T) {
	if got := terms().Wait().Round(time.Millisecond); got != 31606*time.Millisecond {
		t.Fatalf("%v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		a := terms()
		a.TTL = time.Duration(rapid.Int64Range(1, int64(Longest)).Draw(t, "ttl"))
		a.Rho = rapid.Float64Range(0, 0.49).Draw(t, "rho")
		node, controller := 1-a.Rho, 1+a.Rho // the worst rates
		truly := float64(a.TTL) / node
		if waited := float64(a.Wait()-a.Guard) / controller; waited < truly*(1-1e-12) {
			t.Fatalf("it waits %v, and the lease lasts %v", time.Duration(waited), time.Duration(truly))
		}
	})
}

func TestTermsCheck(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Terms)
		round  time.Duration
		want   string
	}{
		"standard":      {func(*Terms) {}, 5 * second, ""},
		"fast":          {func(a *Terms) { a.TTL = 9 * second }, second, ""},
		"too short":     {func(a *Terms) { a.TTL = 15 * second }, 5 * second, "lease 15s is too short: stopping takes up to 5s, and of renewals every 5s one may be lost; make it longer than 15s, or probe more often"},
		"too long":      {func(a *Terms) { a.TTL = 2 * time.Hour }, 5 * second, "lease 2h0m0s is too long: nodes take none over 1h0m0s"},
		"no clock":      {func(a *Terms) { a.Rho = 0.5 }, 5 * second, "rho 0.5: want a share from 0 to 0.5, such as 0.01"},
		"no number":     {func(a *Terms) { a.Rho = math.NaN() }, 5 * second, "rho NaN"},
		"stops before":  {func(a *Terms) { a.StopWithin = -1 }, 5 * second, "none may be below 0"},
		"never renewed": {func(*Terms) {}, 0, "a round takes time"},
	} {
		a := terms()
		test.change(&a)
		if err := a.Check(test.round); (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
