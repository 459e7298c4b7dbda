package rest

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// TestFlow compares a flow with what its documentation says, over any order of events.
func TestFlow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 20).Draw(t, "most")
		f := newFlow(most)
		limit, good := most, 0
		var eras []int // of those in flight
		alone := false
		t.Repeat(map[string]func(*rapid.T){
			"enter": func(t *rapid.T) {
				wants := rapid.Bool().Draw(t, "alone")
				may := len(eras) < limit && !alone && !wants || wants && len(eras) == 0
				if got := f.admits(wants); got != may {
					t.Fatalf("alone %t, %d in flight of %d: admits %t", wants, len(eras), limit, got)
				}
				if may {
					f.enter(wants)
					eras, alone = append(eras, f.era), wants
				}
			},
			"leave": func(*rapid.T) {
				if len(eras) > 0 {
					f.leave()
					eras, alone = eras[1:], false
				}
			},
			"busy": func(t *rapid.T) {
				if len(eras) == 0 {
					return
				}
				at := rapid.IntRange(0, len(eras)-1).Draw(t, "which")
				if fresh := eras[at] == f.era; fresh {
					limit, good = max(limit/2, 1), 0
				}
				eras[at] = f.busy(eras[at])
			},
			"well": func(*rapid.T) {
				f.well()
				if good++; good == limit {
					limit, good = min(limit+1, most), 0
				}
			},
			"": func(t *rapid.T) {
				if f.limit != limit || f.in != len(eras) || f.limit < 1 || f.limit > most {
					t.Fatalf("%+v, want a limit of %d and %d in flight", f, limit, len(eras))
				}
			},
		})
	})
}

// TestFlowRecovers: from any jam, good answers lead back to the definition's bound.
func TestFlowRecovers(t *testing.T) {
	f := newFlow(16)
	for range 10 {
		f.busy(f.era)
	}
	answers := 0
	for ; f.limit < 16; answers++ {
		f.well()
	}
	if answers != 120 { // 1 + 2 + ... + 15
		t.Errorf("it took %d answers", answers)
	}
}

// jam lets some requests in at a time, and sends the others away: as SFTPGo counts connections.
type jam struct {
	places  int
	refusal http.HandlerFunc

	mu       sync.Mutex
	in, most int
	meet     *sync.WaitGroup // those who come first wait for each other
	refused  int
}

func (j *jam) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	j.mu.Lock()
	j.in++
	j.most = max(j.most, j.in)
	refuse, meet := j.in > j.places, j.meet
	if refuse {
		j.refused++
	}
	j.mu.Unlock()
	defer func() { j.mu.Lock(); j.in--; j.mu.Unlock() }()
	if meet != nil {
		meet.Done()
		meet.Wait()
		j.mu.Lock()
		j.meet = nil
		j.mu.Unlock()
	}
	if refuse {
		j.refusal(w, r)
		return
	}
	say(200, okThing)(w, r)
}

// TestBusyHalves: eight arrive at once where four may, and everyone is served in the end.
func TestBusyHalves(t *testing.T) {
	for name, refusal := range map[string]http.HandlerFunc{"403": say(403, "not now"), "429": say(429, ""), "503": say(503, "")} {
		t.Run(name, func(t *testing.T) {
			j := &jam{places: 4, refusal: refusal, meet: new(sync.WaitGroup)}
			j.meet.Add(8)
			p := newPeer(t, setup{api: `{"inFlight": 8, "busy": [{"status": 403, "contains": "not now"}]}`}, j.ServeHTTP)
			for _, err := range together(t, p, 8) {
				if err != nil {
					t.Error(err)
				}
			}
			if j.most != 8 || j.refused != 4 || p.gate.flow.in != 0 {
				t.Errorf("%d at once, %d refused, %d left in flight", j.most, j.refused, p.gate.flow.in)
			}
			if got := p.gate.flow; got.era != 1 || got.limit < 4 || got.limit > 6 {
				t.Errorf("after one jam: %+v", got)
			}
		})
	}
}

// TestARepetitionWaitsWhereThereIsNoRoom: who is to repeat gives its place back if too many have one.
func TestARepetitionWaitsWhereThereIsNoRoom(t *testing.T) {
	g := newGate(4)
	var passes []*pass
	for range 4 {
		p, err := g.enter(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		passes = append(passes, p)
	}
	for _, p := range passes {
		g.busy(p)
	}
	if g.flow.limit != 2 {
		t.Fatalf("a limit of %d", g.flow.limit)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for i, p := range passes[:2] {
		if err := g.again(ended, p); err == nil {
			t.Errorf("%d of 4 was let in where 2 may be", i)
		}
		g.leave(p)
	}
	for _, p := range passes[2:] {
		if err := g.again(t.Context(), p); err != nil || g.flow.in != 2 {
			t.Errorf("%v, %d in flight", err, g.flow.in)
		}
	}
	for _, p := range passes[2:] {
		g.leave(p)
	}
	if g.flow.in != 0 || len(g.queue) != 0 {
		t.Errorf("%+v left", g.flow)
	}
}

// TestARepetitionComesFirst: who gave its place back is let in before those who never had one.
func TestARepetitionComesFirst(t *testing.T) {
	g := newGate(2)
	repeating, _ := g.enter(t.Context(), false)
	other, _ := g.enter(t.Context(), false)
	g.busy(repeating)
	late := &pass{admitted: make(chan struct{})}
	g.queue = append(g.queue, late)
	done := make(chan error)
	go func() { done <- g.again(t.Context(), repeating) }()
	for waiting := 1; waiting < 2; runtime.Gosched() {
		g.mu.Lock()
		waiting = len(g.queue)
		g.mu.Unlock()
	}
	g.leave(other)
	if err := <-done; err != nil || len(g.queue) != 1 || g.queue[0] != late {
		t.Errorf("%v, and %d wait", err, len(g.queue))
	}
}

// TestTheGateKeepsOrder: a request that must be alone is not overtaken for ever by those that need not.
func TestTheGateKeepsOrder(t *testing.T) {
	g := newGate(4)
	first, _ := g.enter(t.Context(), false)
	writing := &pass{alone: true, admitted: make(chan struct{})}
	reading := &pass{admitted: make(chan struct{})}
	g.queue = append(g.queue, writing, reading)
	g.admit()
	waits := func(p *pass) bool {
		select {
		case <-p.admitted:
			return false
		default:
			return true
		}
	}
	if !waits(writing) || !waits(reading) {
		t.Error("a write joined a read, or a read overtook it")
	}
	g.leave(first)
	if waits(writing) || !waits(reading) {
		t.Error("the write is not alone")
	}
	g.leave(writing)
	if waits(reading) {
		t.Error("the read never comes")
	}
}

// TestWhoGivesUpLetsOthersPass: a write that waited alone at the head is gone, and the reads behind it go.
func TestWhoGivesUpLetsOthersPass(t *testing.T) {
	g := newGate(2)
	first, _ := g.enter(t.Context(), false)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p, err := g.enter(ctx, true)
	if err == nil {
		t.Fatal("it did not wait")
	}
	g.leave(p)
	second, err := g.enter(t.Context(), false)
	if err != nil || g.flow.in != 2 {
		t.Errorf("%v, %d in flight", err, g.flow.in)
	}
	g.leave(first)
	g.leave(second)
	if fmt.Sprint(g.flow.in, len(g.queue)) != "0 0" {
		t.Errorf("%+v left", g.flow)
	}
}
