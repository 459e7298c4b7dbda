package schema

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Place is one of the places of a role. Each has a holder and an epoch of its own.
type Place struct {
	Role   string
	Number int // from 0, in the order of the role's seats
}

// String is "ROLE/NUMBER".
func (p Place) String() string { return p.Role + "/" + strconv.Itoa(p.Number) }

// Compare orders places by role, and by number within one.
func (p Place) Compare(q Place) int {
	return cmp.Or(strings.Compare(p.Role, q.Role), cmp.Compare(p.Number, q.Number))
}

// MarshalText writes String.
func (p Place) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads String.
func (p *Place) UnmarshalText(text []byte) error {
	role, number, _ := strings.Cut(string(text), "/")
	n, err := strconv.Atoi(number)
	if role == "" || err != nil || n < 0 || number != strconv.Itoa(n) {
		return fmt.Errorf("place %q: want ROLE/NUMBER", text)
	}
	*p = Place{Role: role, Number: n}
	return nil
}

// Tenure is what a node says of the places that were granted to it. Its times are counted from its boot, on a
// clock that runs on while the node sleeps, so that no two clocks have to agree.
type Tenure struct {
	Store  string           `json:"store,omitempty"` // whose grants alone it takes; "": those of the first to grant
	Boot   string           `json:"boot"`            // another after every start of the node's half
	Now    time.Duration    `json:"now"`             // when it was asked; in JSON nanoseconds, as below
	Places map[Place]Tenant `json:"places,omitempty"`
}

// Tenant is what a node has of a place.
type Tenant struct {
	Epoch uint64        `json:"epoch"` // the highest it has seen; it refuses lower ones, also after a reboot
	State TenantState   `json:"state"`
	Until time.Duration `json:"until,omitempty"` // it is stopped by then, unless it is renewed
}

// TenantState is whether what a place stands for runs on a node.
type TenantState string

// The states of a place on a node. Only Passive tells that nothing of it runs.
const (
	Passive  TenantState = "passive"
	Active   TenantState = "active"   // it runs, or is being started
	Stopping TenantState = "stopping" // it was told to stop, and may still run
)

// Grant lets a node hold a place until a moment of the node's own clock; granted again it is a renewal.
type Grant struct {
	Store      string        `json:"store"`
	Boot       string        `json:"boot"` // of the Tenure that it is built on
	Place      Place         `json:"place"`
	Epoch      uint64        `json:"epoch"`
	Until      time.Duration `json:"until"`
	StopWithin time.Duration `json:"stopWithin"` // the node begins to stop so long before
}

// Revoke takes a place away: the node refuses every epoch below, and stops what runs at one. It is done when the
// node's Tenure says Passive, at this epoch or above.
type Revoke struct {
	Store string `json:"store"`
	Place Place  `json:"place"`
	Epoch uint64 `json:"epoch"`
}
