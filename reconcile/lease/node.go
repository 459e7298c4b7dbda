package lease

import (
	"maps"
	"slices"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Node is the node's half: what runs of each place, and until when it may. Its methods change nothing in place.
// Of the Node that one of them returns
//
//  1. Kept is on disk, if it is another than before,
//  2. then the commands are carried out, in any order, also beside an error,
//  3. then the controller is answered, with Tenure.
//
// If it cannot be written the old Node stays in force, and the answer is an error.
type Node struct {
	Kept   Kept
	boot   string
	latest time.Duration // on the node's clock
	stays  map[schema.Place]stay
}

// Kept is what a node must still know after a reboot.
type Kept struct {
	Store  string                  `json:"store,omitempty"`  // the only one whose orders count; "": of the first to give any
	Epochs map[schema.Place]uint64 `json:"epochs,omitempty"` // the highest seen
}

// Equal tells whether there is nothing new to be written.
func (k Kept) Equal(l Kept) bool { return k.Store == l.Store && maps.Equal(k.Epochs, l.Epochs) }

// stay is what runs of a place, or may still run. A place without one is passive.
type stay struct {
	state      schema.TenantState // Active or Stopping
	epoch      uint64
	until      time.Duration // by then it has stopped or is forced to
	stopWithin time.Duration
	forced     bool
}

// Command is something to be done about a place, beside the others.
type Command struct {
	Act   Act
	Place schema.Place
	By    time.Duration // on the node's clock; see Act
}

// Act is what a command does.
type Act string

// The acts.
const (
	Start Act = "start" // what the place stands for; if that cannot begin before By it does not, tell Stopped
	Stop  Act = "stop"  // gently, to be over by By, when Force follows; tell Stopped
	Force Act = "force" // at once, again and again until it worked; tell Stopped
)

// Boot is a node that starts: passive, whatever ran before. That is why it begins with commands. Every place
// counts as stopping until Stopped tells otherwise: those it was ever granted, and those that the caller could run.
// The name of the boot must be new each time the node's half starts.
func Boot(kept Kept, boot string, places ...schema.Place) (Node, []Command) {
	n := Node{Kept: kept, boot: boot, stays: map[schema.Place]stay{}}
	for _, place := range slices.AppendSeq(places, maps.Keys(kept.Epochs)) {
		n.stays[place] = stay{state: schema.Stopping}
	}
	return n.Drop()
}

// Tick does what is due: a place is told to stop so long before its lease ends that it has stopped by then, and
// forced to when it has not. The other methods that are given the time do the same first.
//
// It is to be called once a second at least, due or not: a clock that goes back by no more than the time since the
// last call is not noticed. If it went back every lease is dropped, and from then on it counts as another boot: grants that are on
// their way were made for times that would now come much later.
func (n Node) Tick(now time.Duration) (Node, []Command) {
	back := now < n.latest
	n.latest = now
	if back {
		n.boot += "'"
		return n.Drop()
	}
	return n.step(func(s stay) Act {
		switch {
		case s.forced:
			return ""
		case now >= s.until:
			return Force
		case s.state == schema.Active && now >= s.until-s.stopWithin:
			return Stop
		}
		return ""
	})
}

// Drop gives up every lease at once. It is for a machine that slept, whose clock jumped, or that shuts down.
func (n Node) Drop() (Node, []Command) {
	return n.step(func(s stay) Act {
		if s.forced {
			return ""
		}
		return Force
	})
}

// step takes every place to what is due for it, in the order of places.
func (n Node) step(due func(stay) Act) (Node, []Command) {
	var commands []Command
	for place, s := range n.stays {
		if act := due(s); act != "" {
			commands = append(commands, Command{act, place, s.until})
		}
	}
	slices.SortFunc(commands, func(a, b Command) int { return a.Place.Compare(b.Place) })
	for _, c := range commands {
		s := n.stays[c.Place]
		s.state, s.forced = schema.Stopping, c.Act == Force
		n = n.with(c.Place, s)
	}
	return n, commands
}

// Stopped takes note that nothing of a place runs: it stopped as told, or by itself. If a lease is left, its
// next renewal starts it again.
func (n Node) Stopped(place schema.Place) Node {
	n.stays = maps.Clone(n.stays)
	delete(n.stays, place)
	return n
}

// Next is when Tick is due, on the node's clock; false: not before something else happens.
func (n Node) Next() (time.Duration, bool) {
	var next time.Duration
	found := false
	for _, s := range n.stays {
		due := s.until
		if s.state == schema.Active {
			due -= s.stopWithin
		}
		if !s.forced && (!found || due < next) {
			next, found = due, true
		}
	}
	return next, found
}

// Tenure is the node's answer to a probe that came at now or later. Tick comes first.
func (n Node) Tenure(now time.Duration) schema.Tenure {
	t := schema.Tenure{Store: n.Kept.Store, Boot: n.boot, Now: now, Places: map[schema.Place]schema.Tenant{}}
	for place, epoch := range n.Kept.Epochs {
		t.Places[place] = schema.Tenant{Epoch: epoch, State: schema.Passive}
	}
	for place, s := range n.stays {
		t.Places[place] = schema.Tenant{Epoch: n.Kept.Epochs[place], State: s.state, Until: s.until}
	}
	return t
}

// with returns a node with another stay in a place.
func (n Node) with(place schema.Place, s stay) Node {
	n.stays = maps.Clone(n.stays)
	if n.stays == nil {
		n.stays = map[schema.Place]stay{}
	}
	n.stays[place] = s
	return n
}
