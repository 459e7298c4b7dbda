package roles

import (
	"maps"
	"slices"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Status is how things stand with the roles of a cluster. All times are UTC.
type Status struct {
	Version int           `json:"version"` // of this format
	Term    uint64        `json:"term"`    // of the controller that answers; 0: it does not lead
	Hold    string        `json:"hold,omitempty"`
	Paused  string        `json:"paused,omitempty"`
	Broken  string        `json:"broken,omitempty"` // why the ledger cannot be read or written; an alarm says what to do
	Alarms  []Alarm       `json:"alarms,omitempty"`
	Roles   []RoleStatus  `json:"roles"`
	Peers   []health.View `json:"peers"`
	// Enrolled is how it stands with the peers that came up passive, or are to be restarted to see it; by serial.
	Enrolled map[string]string `json:"enrolled,omitempty"`
}

// RoleStatus is how things stand with a role.
type RoleStatus struct {
	Name       string        `json:"name"`
	Status     string        `json:"status"` // normal, no holder, dual holder
	Why        string        `json:"why,omitempty"`
	Class      string        `json:"class"` // leased, confirmed, best-effort
	Places     []PlaceStatus `json:"places"`
	Candidates []Candidate   `json:"candidates"`
}

// PlaceStatus is how things stand with one place of it.
type PlaceStatus struct {
	Place  schema.Place       `json:"place"`
	Seat   string             `json:"seat,omitempty"`
	Holder string             `json:"holder,omitempty"` // by the ledger
	Epoch  uint64             `json:"epoch"`
	Since  time.Time          `json:"since,omitzero"`
	Cause  string             `json:"cause,omitempty"`
	State  schema.TenantState `json:"state,omitempty"`   // at the holder, as it said last; "": it does not say
	Next   string             `json:"next,omitempty"`    // who would take it if its holder were lost now
	Moves  string             `json:"movesTo,omitempty"` // to whom it is on its way
	Kept   string             `json:"kept,omitempty"`    // why it does not move although it should
	Wait   string             `json:"wait,omitempty"`    // what the move waits for
	Until  time.Time          `json:"until,omitzero"`    // UTC, as long as it waits at least; zero: that is not known
	Do     string             `json:"do,omitempty"`      // it is BLOCKED: what a person has to do
	Items  int                `json:"items,omitempty"`   // that it switches at its holder
}

// Candidate is a peer and what is to be said of it.
type Candidate struct {
	Serial string `json:"serial"`
	Reason string `json:"reason"`
}

// Status returns how things stand. It is safe to call from anywhere; do not change what it returns.
func (k *Keeper) Status() *Status { return k.status.Load() }

func (o *owner) publish(time.Time) {
	s := &Status{
		Version: 1, Hold: string(o.health.Hold()), Paused: o.paused, Broken: o.broken, Alarms: o.alarms,
		Peers: o.health.View(), Enrolled: o.enrolling(),
	}
	if o.leads {
		s.Term = o.reign.Term
	}
	for _, name := range slices.Sorted(maps.Keys(o.decision.Roles)) {
		s.Roles = append(s.Roles, o.role(name))
	}
	o.status.Store(s)
}

func (o *owner) role(name string) RoleStatus {
	role := o.decision.Roles[name]
	s := RoleStatus{Name: name, Status: string(role.Status), Why: role.Why, Class: string(o.class(o.cluster.Roles[name]))}
	for _, c := range role.Candidates {
		s.Candidates = append(s.Candidates, Candidate{c.Serial, c.Reason})
	}
	for number := range role.Places {
		s.Places = append(s.Places, o.place(schema.Place{Role: name, Number: number}))
	}
	return s
}

func (o *owner) place(at schema.Place) PlaceStatus {
	decided, seat, wait := o.decision.Roles[at.Role].Places[at.Number], o.ledger.Places[at], o.waits[at]
	s := PlaceStatus{
		Place: at, Seat: decided.Seat, Holder: seat.Holder, Epoch: seat.Epoch, Since: seat.Since, Cause: seat.Cause,
		Next: decided.Next, Kept: decided.Kept, Wait: wait.Why, Until: o.date(wait.Until),
	}
	if wait.told {
		s.Do = wait.Do
	}
	if seat.Move != nil {
		s.Moves = seat.Move.To
	}
	if p := o.peers[seat.Holder]; p != nil {
		s.State = p.answer.Places[at].State
		s.Items = len(o.at(seat.Holder)[at])
	}
	return s
}
