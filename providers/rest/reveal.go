package rest

import (
	"github.com/gitops-reconciler/reconciler/schema"
)

// reveal returns what goes over the wire: the value with its secrets.
func reveal(value any) any {
	switch value := value.(type) {
	case schema.Secret:
		return value.Reveal()
	case schema.Body:
		return reveal(map[string]any(value))
	case map[string]any:
		revealed := make(map[string]any, len(value))
		for k, v := range value {
			revealed[k] = reveal(v)
		}
		return revealed
	case []any:
		revealed := make([]any, len(value))
		for i, v := range value {
			revealed[i] = reveal(v)
		}
		return revealed
	default:
		return value
	}
}
