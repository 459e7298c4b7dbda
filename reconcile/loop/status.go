package loop

import (
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile"
)

// Status is how things stand with a cluster. All times are UTC.
type Status struct {
	Version  int       `json:"version"` // of this format
	Cluster  string    `json:"cluster,omitempty"`
	Revision string    `json:"revision,omitempty"` // in force; "": none yet
	Subject  string    `json:"subject,omitempty"`
	Since    time.Time `json:"since,omitzero"` // when it came into force

	Looked  time.Time `json:"looked,omitzero"`   // when what is desired was last known
	Blind   string    `json:"blind,omitempty"`   // why it is not known now
	Refused *Refused  `json:"refused,omitempty"` // a newer revision that is not in force

	Reconciling bool      `json:"reconciling"`
	Round       *Round    `json:"round,omitempty"` // the last that ended
	Next        time.Time `json:"next,omitzero"`   // when the next begins, unless something calls for it before
}

// Round is what came of reconciling once.
type Round struct {
	Revision string           `json:"revision"`
	Started  time.Time        `json:"started"`
	Ended    time.Time        `json:"ended"`
	Counts   reconcile.Counts `json:"counts"`
	Peers    []PeerState      `json:"peers"`
	Error    string           `json:"error,omitempty"` // why it came to nothing, or was not recorded
}

// PeerState is how a round left a peer.
type PeerState struct {
	Serial  string           `json:"serial"`
	Counts  reconcile.Counts `json:"counts"`
	InSync  int              `json:"inSync"`
	Problem string           `json:"problem,omitempty"`
}

// Ready tells whether a revision is in force and was reconciled once.
func (s *Status) Ready() bool { return s.Revision != "" && s.Round != nil }

func (s Status) copy() *Status { return &s }

// peers is a report in numbers.
func peers(r reconcile.Report) []PeerState {
	all := make([]PeerState, len(r.Peers))
	for i, peer := range r.Peers {
		counts := reconcile.Report{Peers: []reconcile.PeerReport{peer}}.Counts()
		all[i] = PeerState{Serial: peer.Serial, Counts: counts, InSync: peer.InSync, Problem: peer.Problem}
	}
	return all
}

// Event is something that happened, for people who read along. Of its fields only those that matter are given.
type Event struct {
	Kind     Kind
	Revision string
	Text     string            // in words: why, or what a revision is about
	Report   *reconcile.Report // of a round
	Desired  Desired           // of a revision that came into force, or follows
}

// Kind is the kind of an event.
type Kind string

// The kinds of events.
const (
	InForce   Kind = "in-force"   // a revision came into force
	Followed  Kind = "followed"   // the revision in force says something else by now
	NotTaken  Kind = "refused"    // a revision cannot come into force
	Blinded   Kind = "blind"      // what is desired cannot be found out
	Sighted   Kind = "sighted"    // it can again
	Rounded   Kind = "round"      // a round ended
	RoundFail Kind = "round-fail" // a round came to nothing, or could not be recorded
)
