package plan

import (
	"encoding/json"

	"github.com/gitops-reconciler/reconciler/schema"
)

// UnmarshalJSON keeps whole numbers exact, so that a field read again equals the one that was written.
func (f *Field) UnmarshalJSON(data []byte) error {
	type plain Field // without this method
	var raw struct {
		plain
		Old json.RawMessage `json:"old"`
		New json.RawMessage `json:"new"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	*f = Field(raw.plain)
	for _, side := range []struct {
		data json.RawMessage
		into *any
	}{{raw.Old, &f.Old}, {raw.New, &f.New}} {
		if side.data == nil {
			continue
		}
		value, err := schema.DecodeValue(side.data)
		if err != nil {
			return err
		}
		*side.into = value
	}
	return nil
}
