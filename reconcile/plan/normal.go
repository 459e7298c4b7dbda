package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Plain leaves out the fields that the peer shows and writes in a way of its own: that they are not as
// they were written says nothing.
func Plain(kind schema.Kind, fields []Field) []Field {
	if len(kind.Normalised) == 0 {
		return fields
	}
	return slices.DeleteFunc(slices.Clone(fields), func(f Field) bool {
		return f.Old != nil && slices.Contains(kind.Normalised, pointer(f.Path))
	})
}

// Digest is by what it is remembered what a peer made of a field.
func Digest(kind schema.Kind, pointer string, shown any) string {
	if list, ok := shown.([]any); ok {
		if key, isSet := kind.Sets[pointer]; isSet {
			shown = sorted(list, key)
		}
	}
	data, _ := json.Marshal(shown) // what came from JSON can be written as JSON
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// normal tells whether the peer writes the field in a way of its own.
func (c *comparer) normal() bool {
	return len(c.kind.Normalised) > 0 && slices.Contains(c.kind.Normalised, pointer(c.path))
}

// asRemembered tells whether the peer shows what it made of the wanted value when that was last applied.
func (c *comparer) asRemembered(desired, observed, base any) bool {
	return c.normal() && exactly(desired, base) && c.shown[pointer(c.path)] == Digest(c.kind, pointer(c.path), observed)
}
