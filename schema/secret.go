package schema

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode"
)

// Secret is a value that cannot be printed, logged or marshalled: all of these give its mark, a keyed
// hash (HMAC-SHA256) by which two secrets are compared. Only Reveal gives the value.
type Secret struct {
	value *string // behind a pointer, so that no verb of fmt can reach it
	mark  string
}

// NewSecret makes a Secret of value, marked under key.
func NewSecret(value string, key []byte) Secret {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(value))
	return Secret{value: &value, mark: "hmac-sha256:" + hex.EncodeToString(mac.Sum(nil))}
}

// Reveal returns the value itself, for the request that carries it and nothing else.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Mark returns the keyed hash: equal for equal values under one key.
func (s Secret) Mark() string { return s.mark }

// String hides the value.
func (s Secret) String() string { return "(secret)" }

// GoString hides the value.
func (s Secret) GoString() string { return "(secret)" }

// MarshalJSON gives the mark, which is what a base remembers.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.mark) }

// IsReference tells whether text names a secret (env:NAME, file:PATH) rather than being one. It draws the
// line where #Secret does.
func IsReference(text string) bool {
	scheme, name, _ := strings.Cut(text, ":")
	switch scheme {
	case "env":
		return name != "" && !digit(name[0]) && !strings.ContainsFunc(name, notOfVariable)
	case "file":
		return name != "" && !strings.ContainsFunc(name, unicode.IsSpace)
	default:
		return false
	}
}

func notOfVariable(r rune) bool {
	return r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
}
