package reconcile

import (
	"fmt"
	"sync"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestBounds: no more peers at a time, and calls of one peer, than is said; and that many.
func TestBounds(t *testing.T) {
	w := newWorld(t, "1", "2", "3", "4", "5")
	w.run.Parallelism = 2
	w.git(append(many(`folder/%02d "path": "/1"`, 40), `host/a "address": "a"`)...)
	w.apply()
	w.git(many(`folder/%02d "path": "/2"`, 40)...)
	var mu sync.Mutex
	busy, most := map[string]bool{}, 0
	w.run.Events = func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		switch e.Phase {
		case Reading, Applying:
			busy[e.Peer] = true
		default:
			delete(busy, e.Peer)
		}
		most = max(most, len(busy))
	}
	for _, s := range w.servers {
		s.reset()
		s.fault = newBarrier("update", writers, func() {}).fault
	}
	w.apply()
	if most != 2 {
		t.Errorf("%d peers at a time", most)
	}
	for serial, s := range w.servers {
		if s.most != writers {
			t.Errorf("%s: %d calls at a time", serial, s.most)
		}
	}
	w.settled()
}

// TestEvents: each peer tells its phases in order, with one event for each change in between.
func TestEvents(t *testing.T) {
	w := newWorld(t, "1", "2", "3")
	w.git(gateway()...)
	w.servers["3"].fault = always(schema.Unreachable, "list")
	var mu sync.Mutex
	told := map[string][]string{}
	w.run.Events = func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		told[e.Peer] = append(told[e.Peer], eventText(e))
	}
	w.apply()
	whole := []string{"reading 0/0", "read 0/0", "applying 0/2", "applying 1/2", "applying 1/2 folder/in applied", "applying 2/2", "applying 2/2 host/globex applied", "done 2/2"}
	want := map[string][]string{"1": whole, "2": whole, "3": {"reading 0/0", "read 0/0 ! list: unreachable: as told"}}
	w.same(want, told)
}

func eventText(e Event) string {
	text := fmt.Sprintf("%s %d/%d", e.Phase, e.Done, e.Total)
	if e.Result != nil {
		text += fmt.Sprintf(" %s %s", e.Result.Change.Key, e.Result.Status)
	}
	if e.Problem != "" {
		text += " ! " + e.Problem
	}
	return text
}
