package schema

import (
	"errors"
	"fmt"
)

// Observation is what a peer's API returned, normalised.
type Observation struct {
	Instance string // identity of the installation; "" if the product has none
	Version  string // of the product; "" if it does not say
	Kinds    map[string]Listing
}

// Listing is all items of a kind on a peer. Absence from it means something only where Err is nil.
type Listing struct {
	Items map[string]Body
	Err   error
}

// Cause is the kind of a failure, for the caller that decides what to do next.
type Cause string

// The causes of a Failure.
const (
	Unreachable  Cause = "unreachable"  // no answer, or none in time
	Unauthorised Cause = "unauthorised" // it does not let us in
	Busy         Cause = "busy"         // it answers, but not now
	Rejected     Cause = "rejected"     // it refuses this request
	Stale        Cause = "stale"        // it changed since we looked
	Dangling     Cause = "dangling"     // it refuses what refers to something that it does not have
	Garbled      Cause = "garbled"      // its answer makes no sense
)

// Failure is an error at a peer: which operation, why, and in whose words.
type Failure struct {
	Op    string // as in "list users"
	Cause Cause
	Err   error
}

// Error is "list users: unreachable: connection refused".
func (f *Failure) Error() string { return fmt.Sprintf("%s: %s: %v", f.Op, f.Cause, f.Err) }

// Unwrap returns what lies beneath.
func (f *Failure) Unwrap() error { return f.Err }

// CauseOf returns the cause of the first Failure in err's chain, or "".
func CauseOf(err error) Cause {
	if failure, ok := errors.AsType[*Failure](err); ok {
		return failure.Cause
	}
	return ""
}
