package health

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkStep5000 is one second of 5,000 peers that are probed every 5 s: a thousand results, one step.
func BenchmarkStep5000(b *testing.B) {
	const peers = 5000
	c := Config{}
	for i := range peers {
		c.Peers = append(c.Peers, Peer{Serial: fmt.Sprint(i), Policy: Policy{Probe: 5 * time.Second, Dead: 30 * time.Second, Confirm: true}})
	}
	state := New(c)
	events := make([]Event, peers/5)
	now := noon
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		for i := range events {
			events[i] = Probe{Serial: c.Peers[(n*len(events)+i)%peers].Serial}
		}
		now = now.Add(time.Second)
		if n < 10 {
			continue // the first answers of all
		}
		if signals := state.Step(now, events...); n > 20 && len(signals) > 0 {
			b.Fatal(signals[0])
		}
	}
}
