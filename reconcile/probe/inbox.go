package probe

import (
	"sync"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
)

// most is how many events an inbox takes; with heartbeats told once, that is many peers.
const most = 1 << 17

// Inbox keeps events until they are taken in one batch, for one health.Step. Of a peer's heartbeats that only
// say that it lives the last one is kept. The zero value is empty; it is safe for concurrent use.
type Inbox struct {
	mu     sync.Mutex
	events []health.Event
	beats  map[string]int // where the last heartbeat of a peer is
}

// Put adds events. It tells whether all of them had room; if nobody takes them, there is an end to it.
func (i *Inbox) Put(events ...health.Event) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, e := range events {
		beat, is := e.(health.Beat)
		if is && !beat.Closing && i.replaced(beat) {
			continue
		}
		if len(i.events) >= most {
			return false
		}
		if is && !beat.Closing {
			i.remember(beat.Serial)
		}
		i.events = append(i.events, e)
	}
	return true
}

// replaced puts a heartbeat in the place of an earlier one of the same start, if there is one.
func (i *Inbox) replaced(beat health.Beat) bool {
	at, there := i.beats[beat.Serial]
	if !there {
		return false
	}
	before, is := i.events[at].(health.Beat)
	if !is || before.Boot != beat.Boot || beat.Boot != "" && beat.Sequence <= before.Sequence {
		return false
	}
	if beat.Components == nil {
		beat.Components = before.Components
	}
	i.events[at] = beat
	return true
}

func (i *Inbox) remember(serial string) {
	if i.beats == nil {
		i.beats = map[string]int{}
	}
	i.beats[serial] = len(i.events)
}

// Take empties the inbox.
func (i *Inbox) Take() []health.Event {
	i.mu.Lock()
	defer i.mu.Unlock()
	events := i.events
	i.events = nil
	clear(i.beats)
	return events
}
