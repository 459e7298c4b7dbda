package schema

import "encoding/json"

// Lever is what a role merges over an item's body. Standby is a body, or the word "absent".
type Lever struct {
	Active  Body `json:"active"`
	Standby any  `json:"standby"`
}

// UnmarshalJSON keeps whole numbers exact, in both.
func (l *Lever) UnmarshalJSON(data []byte) error {
	var both struct {
		Active  Body            `json:"active"`
		Standby json.RawMessage `json:"standby"`
	}
	if err := json.Unmarshal(data, &both); err != nil {
		return err
	}
	l.Active, l.Standby = both.Active, nil
	if len(both.Standby) == 0 {
		return nil
	}
	var err error
	l.Standby, err = DecodeValue(both.Standby)
	return err
}

// Set returns a body as the lever makes it, and whether there is to be any. The body itself stays as it is; without a
// lever that is what is returned.
func (l *Lever) Set(body Body, active bool) (Body, bool) {
	if l == nil {
		return body, true
	}
	if active {
		return Merge(body, l.Active), true
	}
	switch standby := l.Standby.(type) {
	case map[string]any:
		return Merge(body, standby), true
	case Body:
		return Merge(body, standby), true
	default:
		return nil, false
	}
}
