// Package plan decides what has to change on a peer: Diff takes what Git wants, what was last applied
// and what the peer holds, and returns the changes, each with its reason.
//
// The package is pure and deterministic: equal inputs give equal plans, byte for byte. It writes to no
// peer and remembers nothing; the rooms above carry the plan out and keep the records it asks for.
package plan

import (
	"github.com/gitops-reconciler/reconciler/schema"
)

// Action is what a change does to an item.
type Action string

// The actions.
const (
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace" // deleted and made anew: it changes what the server does not let anybody change
	Delete  Action = "delete"
)

// Symbol is how people see the action.
func (a Action) Symbol() string {
	switch a {
	case Create:
		return "+"
	case Delete:
		return "-"
	case Replace:
		return "-/+"
	default:
		return "~"
	}
}

// Reason says why a change or a field of it is needed.
type Reason string

// The reasons, the gravest last: a change has the gravest reason of its fields.
const (
	New          Reason = "new"           // in Git, and not on the peer
	Missing      Reason = "missing"       // applied once, and deleted on the peer since
	Removed      Reason = "removed"       // applied once, and no longer in Git
	Foreign      Reason = "foreign"       // never applied, and not in Git
	Git          Reason = "git"           // Git changed, the peer did not
	Drift        Reason = "drift"         // the peer changed, Git did not
	FirstContact Reason = "first-contact" // the peer has another one, and nothing was ever applied to it
	Conflict     Reason = "conflict"      // Git and the peer changed, differently
	Restored     Reason = "restored"      // the peer held it so once, and is to hold it so again
)

// String is the reason as a phrase.
func (r Reason) String() string {
	switch r {
	case New:
		return "new in Git"
	case Missing:
		return "deleted on the peer"
	case Removed:
		return "no longer in Git"
	case Foreign:
		return "not in Git, and never applied from here"
	case Git:
		return "changed in Git"
	case Drift:
		return "changed on the peer"
	case FirstContact:
		return "different on the peer, and never applied from here"
	case Conflict:
		return "changed in Git and, differently, on the peer"
	case Restored:
		return "rolled back"
	default:
		return string(r)
	}
}

func (r Reason) gravity() int {
	switch r {
	case Git:
		return 1
	case Drift:
		return 2
	case FirstContact:
		return 3
	case Conflict:
		return 4
	default:
		return 0
	}
}

// Field is one field of an item that is to change. A secret shows neither value.
type Field struct {
	Path   []string `json:"path"`
	Old    any      `json:"old,omitempty"`
	New    any      `json:"new,omitempty"`
	Secret bool     `json:"secret,omitempty"`
	Reason Reason   `json:"reason"`
}

// Change is one create, update, replacement or delete of an item on a peer.
type Change struct {
	schema.Key
	Action    Action  `json:"action"`
	Reason    Reason  `json:"reason"`
	Held      bool    `json:"held,omitempty"`  // shown, but not applied
	Holds     []Hold  `json:"holds,omitempty"` // why it is held: all of these
	Fields    []Field `json:"fields,omitempty"`
	Unchanged int     `json:"unchanged,omitempty"` // authored fields of the item that stay

	// Body is the whole authored body, secrets included; of a delete, what was last applied. It is not
	// for printing.
	Body schema.Body `json:"-"`
	// After are the changes without which this one is not attempted.
	After []Dependency `json:"-"`
}

// String is the change in a few words: "+ host/globex (new in Git)".
func (c Change) String() string {
	return c.Action.Symbol() + " " + c.Key.String() + " (" + c.Reason.String() + ")"
}

// Record is what was last applied of an item: the authored fields, secrets as marks, and the revision
// they came from.
type Record struct {
	Body     schema.Body       `json:"body"`
	Revision string            `json:"revision"`
	Shown    map[string]string `json:"shown,omitempty"` // marks of what the peer showed instead of secrets, and of what it writes in its own way, by pointer
}

// Memory is what is remembered of a peer between runs.
type Memory struct {
	Instance string                // identity of the installation it was applied to
	Base     map[schema.Key]Record // what was last applied
	Intents  map[schema.Key]Record // what a run that did not finish was about to write
	Settled  Settled               // as what it was last found to hold all that is desired; zero: it was not
	Pins     map[schema.Key]Pin    // what was rolled back, and Git still wants otherwise
}

// Peer is what is to happen on one peer.
type Peer struct {
	Serial   string   `json:"serial"`
	Alias    string   `json:"alias,omitempty"`
	Changes  []Change `json:"changes"`
	InSync   int      `json:"inSync"`             // items that are as they should be
	Foreign  int      `json:"foreign"`            // items we neither made nor want: left alone
	Kept     int      `json:"kept,omitempty"`     // items that Git names no longer, and that prune keeps
	LeftOut  int      `json:"leftOut,omitempty"`  // changes that a targeted run is not about
	Problems []string `json:"problems,omitempty"` // what could not be read, so nothing is planned for it
	Warnings []string `json:"warnings,omitempty"` // what was read all the same, and should be known

	Suspended string `json:"suspended,omitempty"` // why it is out of the relation: neither read nor written

	Notes []string `json:"notes,omitempty"` // what a rollback does not put back

	// Records are to be remembered and Forget forgotten without writing to the peer: items that turned
	// out to be as they should, and items that are gone on both sides.
	Records map[schema.Key]Record `json:"-"`
	Forget  []schema.Key          `json:"-"`
	// Pins are those that stay in force.
	Pins map[schema.Key]Pin `json:"-"`
}

// Unreadable is the plan for a peer that could not be read: nothing, and why.
func Unreadable(serial, alias string, err error) Peer {
	return Peer{Serial: serial, Alias: alias, Changes: []Change{}, Problems: []string{err.Error()}}
}

// Plan is what is to happen on all peers of a cluster, in the order of their serials.
type Plan struct {
	Version  int    `json:"version"` // of this format
	Cluster  string `json:"cluster"`
	Revision string `json:"revision"`
	TwoWay   bool   `json:"twoWay,omitempty"` // no state was there: drift cannot be told from changes in Git
	Peers    []Peer `json:"peers"`

	Rollback string    `json:"rollback,omitempty"` // what the peers are put back to; "": to what Git wants
	Refusals []Refusal `json:"refusals,omitempty"` // of guards, beside what holds single changes
	Targeted *Targeted `json:"targeted,omitempty"` // nil: the plan is about everything
}
