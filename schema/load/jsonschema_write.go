package load

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// keywords are those of a schema.
type keywords map[string]any

// MarshalJSON writes them as people read: what it is first, what it consists of last.
func (s keywords) MarshalJSON() ([]byte, error) {
	names := slices.SortedFunc(maps.Keys(s), func(a, b string) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a, b))
	})
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	for i, name := range names {
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
		fmt.Fprintf(&b, "%q:", name)
		if err := encoder.Encode(s[name]); err != nil {
			return nil, err
		}
	}
	if len(names) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func place(name string) int {
	first := []string{"$schema", "title", "description", "$ref", "type", "const", "enum", "default", "required"}
	last := []string{"properties", "$defs"}
	if i := slices.Index(first, name); i >= 0 {
		return i
	}
	return len(first) + 1 + slices.Index(last, name)
}
