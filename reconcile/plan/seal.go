package plan

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Seals tell whether what is wanted of an item is what it was, without telling what it is. They are keyed
// hashes, each of its own peer, item and field, so that equal secrets do not show as equal.
type Seals struct {
	Body    string            `json:"body"`              // all that is authored, but for the secrets
	Secrets map[string]string `json:"secrets,omitempty"` // by pointer
}

// Seal seals the body of a change on a peer.
func Seal(key []byte, serial string, c Change) Seals {
	s := Seals{Secrets: map[string]string{}}
	about := func(what string, value any) string { return keyedHash(key, serial, c.Kind, c.ID, what, value) }
	plain := apart(map[string]any(c.Body), nil, func(pointer string, secret schema.Secret) {
		s.Secrets[pointer] = about(pointer, secret)
	})
	s.Body = about("", plain)
	return s
}

// apart returns the value with nothing in the place of its secrets, and hands each of them over.
func apart(value any, path []string, found func(pointer string, secret schema.Secret)) any {
	switch value := value.(type) {
	case schema.Secret:
		found(pointer(path), value)
		return nil
	case map[string]any:
		object := make(map[string]any, len(value))
		for name, below := range value {
			object[name] = apart(below, append(slices.Clip(path), name), found)
		}
		return object
	case []any:
		list := make([]any, len(value))
		for i, below := range value {
			list[i] = apart(below, append(slices.Clip(path), fmt.Sprint(i)), found)
		}
		return list
	default:
		return value
	}
}

// keyedHash is a keyed hash of values, each of which ends where the next begins.
func keyedHash(key []byte, values ...any) string {
	text, _ := json.Marshal(values)                                               // what came from JSON can be written as JSON; a secret gives its mark
	mac := hmac.New(sha256.New, append([]byte("seals of saved plans\n"), key...)) // not what marks secrets
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil))
}
