package rest

import (
	"strings"

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

// conceal takes the secrets of what was sent out of what came back: some servers repeat what they refuse.
func conceal(text string, sent any) string {
	switch sent := sent.(type) {
	case schema.Secret:
		if secret := sent.Reveal(); secret != "" {
			return strings.ReplaceAll(text, secret, sent.String())
		}
	case schema.Body:
		return conceal(text, map[string]any(sent))
	case map[string]any:
		for _, v := range sent {
			text = conceal(text, v)
		}
	case []any:
		for _, v := range sent {
			text = conceal(text, v)
		}
	}
	return text
}
