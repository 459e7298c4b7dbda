package plan

import (
	"github.com/gitops-reconciler/reconciler/schema"
)

// Pin keeps an item as a rollback left it, for as long as Git wants what was rolled back: else the next
// apply would undo the rollback. It lapses by itself when Git wants something else, or when the peer has
// what Git wants.
type Pin struct {
	By     string      `json:"by"`     // who rolled back, when, and to what
	Wanted schema.Body `json:"wanted"` // what Git wanted of the item then, secrets as marks; nil: that it be gone
	// Applied is what had last been applied of it, nil if nothing had. It is something else than Wanted where
	// an older commit was read when it was rolled back.
	Applied schema.Body `json:"applied"`
}

// RolledBack says who rolled back the item of a change that is held for that; "" of every other.
func (c Change) RolledBack() string {
	for _, h := range c.Holds {
		if h.Why == Pinned {
			return "rolled back by " + h.By
		}
	}
	return ""
}

// pin holds the changes of what was rolled back, and notes which pins stay in force.
func (p *Peer) pin(in Input) {
	p.Pins = map[schema.Key]Pin{}
	for i := range p.Changes {
		c := &p.Changes[i]
		if pin, pinned := in.Pins[c.Key]; pinned && !in.TakeOver && pin.holds(in.Desired[c.Kind][c.ID]) {
			c.hold(Hold{Why: Pinned, By: pin.By})
			p.Pins[c.Key] = pin
		}
	}
	for key, pin := range in.Pins {
		_, managed := in.Kinds[key.Kind]
		if _, unknown := Listed(in.Observed, key.Kind); managed && unknown != nil {
			p.Pins[key] = pin
		}
	}
}

// holds tells whether Git still wants of an item what it wanted when it was rolled back.
func (p Pin) holds(desired schema.Body) bool {
	return wishes(desired, p.Wanted) || wishes(desired, p.Applied)
}

func wishes(desired, wanted schema.Body) bool {
	if desired == nil || wanted == nil {
		return desired == nil && wanted == nil
	}
	return exactly(map[string]any(desired), map[string]any(wanted))
}
