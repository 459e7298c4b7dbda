package schema

import (
	"encoding/json"
	"fmt"
)

// Sharing is with whom a peer shares a class.
type Sharing string

// With whom a class is shared.
const (
	WithAll   Sharing = "all"   // every peer: it gets the items of all three scopes
	WithGroup Sharing = "group" // its group: it gets the group's items and its own
	WithNone  Sharing = "none"  // nobody: what it has is neither read nor written
)

// UnmarshalJSON reads true, false or "group".
func (s *Sharing) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "null": // it was wrong, and is not known
	case "true":
		*s = WithAll
	case "false":
		*s = WithNone
	case `"group"`:
		*s = WithGroup
	default:
		return fmt.Errorf(`want true, false or "group", got %s`, data)
	}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (s Sharing) MarshalJSON() ([]byte, error) {
	if s == WithGroup {
		return json.Marshal("group")
	}
	return json.Marshal(s == WithAll)
}
