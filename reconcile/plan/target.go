package plan

import (
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Targeted is what a plan is about that is not about everything.
type Targeted struct {
	Target  []string `json:"target,omitempty"`  // as it was given: PEER, KIND, KIND/ID, PEER:KIND or PEER:KIND/ID
	Exclude []string `json:"exclude,omitempty"` // the same; what is excluded is not targeted
	Labels  string   `json:"labels,omitempty"`  // of the peers
	Peers   int      `json:"peersLeftOut"`      // those that were not looked at
	Changes int      `json:"changesLeftOut"`    // those on the peers that were
}

// target marks what the run is not about: held for the moment, because what refers to it, or waits for it,
// has to know. Of that nothing is recorded or forgotten either.
func (p *Peer) target(in Input) {
	if in.Target == nil {
		return
	}
	for i := range p.Changes {
		if c := &p.Changes[i]; !in.Target(c.Key) {
			c.hold(Hold{Why: LeftOut})
		}
	}
	leftOut := func(key schema.Key) bool { return !in.Target(key) }
	maps.DeleteFunc(p.Records, func(key schema.Key, _ Record) bool { return leftOut(key) })
	p.Forget = slices.DeleteFunc(p.Forget, leftOut)
}

// Narrow takes out of a targeted plan the changes that it is not about, and counts them.
func (p *Peer) Narrow() {
	all := len(p.Changes)
	p.Changes = slices.DeleteFunc(p.Changes, Change.isLeftOut)
	p.LeftOut = all - len(p.Changes)
}

// isLeftOut tells whether the run is not about the change itself.
func (c Change) isLeftOut() bool {
	return slices.ContainsFunc(c.Holds, func(h Hold) bool { return h.Why == LeftOut && h.By == "" })
}

func (r *relations) leftOut(key schema.Key) bool {
	change := r.changes[key]
	return change != nil && change.isLeftOut()
}

// missing says what a change would refer to in vain, because the run is not about it.
func (r *relations) missing(c *Change) []Hold {
	var holds []Hold
	for _, key := range r.references(c) {
		if r.leftOut(key) && r.changes[key].Action == Create {
			holds = append(holds, Hold{Why: LeftOut, By: key.String()})
		}
	}
	return holds
}
