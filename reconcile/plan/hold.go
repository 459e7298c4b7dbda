package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Why says what a held change waits for.
type Why string

// What it may be.
const (
	Consent     Why = "take-over" // a word that Git wins (--take-over)
	Replacement Why = "replace"   // a word that the item may be deleted and made anew (--replace)
	InUse       Why = "in-use"    // that an item on the peer no longer refers to it: nothing else lifts this
	Unlisted    Why = "unlisted"  // that the items of a kind that may refer to it can be listed
	Taken       Why = "taken"     // that another item gives up the value of a field, which no two may have
	Claimed     Why = "claimed"   // that another item is not to get the same value of such a field

	Pinned     Why = "rolled-back"   // that Git wants something else than was rolled back, or a word that it wins (--take-over)
	Pruning    Why = "prune-foreign" // a word that what was never applied may be deleted (--prune-foreign)
	Protected  Why = "protected"     // that the item is protected no longer
	MaxDeletes Why = "max-deletes"   // that fewer items are to be deleted, or a word (--max-deletes)
	MaxUpdates Why = "max-updates"   // that fewer items are to be updated, or a word (--max-updates)
	Emptied    Why = "allow-empty"   // that Git names some item, or a word (--allow-empty)
	LeftOut    Why = "left-out"      // that the run is about the item, or about one that it refers to
)

// Hold is one thing that a held change waits for.
type Hold struct {
	Why     Why    `json:"why"`
	By      string `json:"by,omitempty"`      // the item, KIND/ID, or the kind, that stands in the way; who rolled back
	Field   string `json:"field,omitempty"`   // the one that is taken
	More    int    `json:"more,omitempty"`    // how many do beside By and those in the other holds
	Foreign bool   `json:"foreign,omitempty"` // that item is not ours
	Waits   bool   `json:"waits,omitempty"`   // that item would give way, and is held itself
	LeftOut bool   `json:"leftOut,omitempty"` // that item would give way, and the run is not about it
}

// hold keeps a change from being carried out.
func (c *Change) hold(h Hold) {
	c.Held, c.Holds = true, append(c.Holds, h)
}

// await holds a change for the consents that it needs and has not got.
func (c *Change) await(in Input) {
	if !in.TakeOver && (c.Reason == FirstContact || c.Reason == Conflict) {
		c.hold(Hold{Why: Consent})
	}
	if c.Action == Replace && (in.Replace == nil || !in.Replace(c.Key)) {
		c.hold(Hold{Why: Replacement})
	}
	if where := in.protected(c.Key); where != "" && c.Action != Update {
		c.hold(Hold{Why: Protected, By: where})
	}
	if c.Reason == Foreign && !in.PruneForeign {
		c.hold(Hold{Why: Pruning})
	}
}

// WaitsFor tells whether a held change waits for such a thing.
func (c Change) WaitsFor(why ...Why) bool {
	return slices.ContainsFunc(c.Holds, func(h Hold) bool { return slices.Contains(why, h.Why) })
}

// Conflicts tells whether a held change is one because Git and the peer changed, and nobody has said who wins.
func (c Change) Conflicts() bool {
	return c.Reason == Conflict && (len(c.Holds) == 0 || c.WaitsFor(Consent))
}

// Obstructed tells whether a held change waits for something that no consent lifts.
func (c Change) Obstructed() bool { return c.WaitsFor(obstacles()...) }

func obstacles() []Why { return []Why{InUse, Unlisted, Taken, Claimed, Protected, LeftOut} }

// Obstacles says what no consent lifts, and what to do about it, a sentence each.
func (c Change) Obstacles() []string {
	var all []string
	for _, h := range c.Holds {
		if text := h.obstacle(c); text != "" {
			all = append(all, text)
		}
	}
	return all
}

func (h Hold) obstacle(c Change) string {
	switch h.Why {
	case InUse:
		return h.by() + " still uses it" + h.more() + h.inUse(c)
	case Unlisted:
		return "whether a " + h.By + " still uses it is not known: it waits until they can be listed"
	case Taken:
		return h.by() + " has the same " + h.Field + h.taken()
	case Claimed:
		return h.By + " is to have the same " + h.Field + ", and no two may: give one of them another value"
	case Protected:
		return h.protected(c)
	case LeftOut:
		return "it refers to " + h.By + ", which is not there yet, and which this run is not about: take that in, or leave this out too"
	case Consent, Replacement, Pinned, Pruning, MaxDeletes, MaxUpdates, Emptied:
	}
	return ""
}

func (h Hold) by() string {
	if h.Foreign {
		return h.By + " (not ours)"
	}
	return h.By
}

func (h Hold) more() string {
	if h.More == 0 {
		return ""
	}
	return fmt.Sprintf(" (and so do %d more)", h.More)
}

func (h Hold) inUse(c Change) string {
	switch {
	case c.Action == Replace:
		return ", and would lose it meanwhile: give the new one another name, so that " + h.By + " can move over first"
	case h.LeftOut:
		return ", and this run is not about its own change: take that in, or leave this out too"
	case h.Waits:
		return ", and its own change is held: see to that first"
	case h.Foreign:
		return ": remove that first, or put " + c.Key.String() + " back into Git"
	default:
		return ": take it out there too, or put " + c.Key.String() + " back into Git"
	}
}

func (h Hold) protected(c Change) string {
	if c.Action == Replace {
		return "it is protected (" + h.By + "), and would be deleted to be made anew: put back what cannot be changed, or take it out of guards.protect, apply, and then change it"
	}
	return "it is protected (" + h.By + "): put it back into Git, or take it out of guards.protect, apply, and apply again"
}

func (h Hold) taken() string {
	switch {
	case h.LeftOut:
		return ", and this run is not about its own change: take that in, or leave this out too"
	case h.Waits:
		return ", and its own change is held: see to that first"
	case h.Foreign:
		return ", and no two may have it: change or remove that first"
	default:
		return ", and does not give it up before: give one of them another value, in a commit between if they swap"
	}
}

// replaces tells whether some field cannot be changed while the item is there. Secrets do not count: a
// server that does not show them cannot say that it has another.
func replaces(kind schema.Kind, fields []Field) bool {
	if len(kind.Immutable) == 0 {
		return false
	}
	return slices.ContainsFunc(fields, func(f Field) bool {
		here := pointer(f.Path)
		return !f.Secret && slices.ContainsFunc(kind.Immutable, func(fixed string) bool {
			return here == fixed || strings.HasPrefix(here, fixed+"/") || strings.HasPrefix(fixed, here+"/")
		})
	})
}
