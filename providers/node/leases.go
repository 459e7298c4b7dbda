package node

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Leases is the node's half of leases: it says what the node holds, takes grants and revokes, and stops in
// time what is not renewed. It is safe for concurrent use. An error that is ErrRefused says why the half does
// not do as it is told, and one that is ErrNotReady that it cannot yet; any other is an error of the node.
type Leases interface {
	Tenure() (Tenure, error)
	Grant(g Grant) error
	// Revoke returns the tenure after it. The place may still be stopping then.
	Revoke(r Revoke) (Tenure, error)
	// Held returns the roles of which the node holds a place at this moment, with its epoch. It looks at the
	// clock itself, so that a process that was asleep does not take old leases for good.
	Held() map[string]uint64
}

// What Leases may answer beside errors of its own.
var (
	ErrRefused  = errors.New("refused")   // 409
	ErrNotReady = errors.New("not ready") // 503
)

// Place is one of the places of a role; in JSON, and as a key, it is ROLE/NUMBER.
type Place struct {
	Role   string
	Number int // from 0
}

// String is "ROLE/NUMBER".
func (p Place) String() string { return p.Role + "/" + strconv.Itoa(p.Number) }

// MarshalText writes String.
func (p Place) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads String.
func (p *Place) UnmarshalText(text []byte) error {
	role, number, _ := strings.Cut(string(text), "/")
	place, err := placeOf(role, number)
	*p = place
	return err
}

func placeOf(role, number string) (Place, error) {
	n, err := strconv.Atoi(number)
	if !validKind(role) || err != nil || n < 0 || number != strconv.Itoa(n) {
		return Place{}, fmt.Errorf("place %q: want ROLE/NUMBER, a role as a kind is named and a number from 0", role+"/"+number)
	}
	return Place{role, n}, nil
}

// Tenure is what the node has of the places that were granted to it. Its times are nanoseconds since the
// boot of its machine, on a clock that runs on while the machine sleeps.
type Tenure struct {
	Store  string           `json:"store,omitempty"` // whose grants alone it takes; "": those of the first to grant
	Boot   string           `json:"boot"`            // another after every start
	Now    time.Duration    `json:"now"`             // when it was asked
	Places map[Place]Tenant `json:"places,omitempty"`
}

// Tenant is what the node has of a place.
type Tenant struct {
	Epoch uint64        `json:"epoch"`           // the highest seen; lower ones are refused, also after a restart
	State string        `json:"state"`           // passive: nothing of it runs; active; stopping: it may still run
	Until time.Duration `json:"until,omitempty"` // it is stopped by then, unless it is renewed
}

// Grant lets the node hold a place until a moment of its own clock; granted again it is a renewal.
type Grant struct {
	Store      string        `json:"store"`
	Boot       string        `json:"boot"` // of the tenure that it is built on
	Place      Place         `json:"place"`
	Epoch      uint64        `json:"epoch"`
	Until      time.Duration `json:"until"`
	StopWithin time.Duration `json:"stopWithin"` // the node begins to stop so long before
}

// Revoke takes a place away: the node refuses every epoch below, and stops what runs of it.
type Revoke struct {
	Store string `json:"store"`
	Place Place  `json:"place"`
	Epoch uint64 `json:"epoch"`
}
