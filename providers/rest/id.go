package rest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// keys point to what tells the items of a kind apart.
type keys []pointer

// UnmarshalJSON takes one pointer for a list of one.
func (k *keys) UnmarshalJSON(data []byte) error {
	var one pointer
	if json.Unmarshal(data, &one) == nil {
		*k = keys{one}
		return nil
	}
	return json.Unmarshal(data, (*[]pointer)(k))
}

// joinID makes an id of its parts. One part is the id as it is; of several each has its slashes written
// as %2F and its percent signs as %25, so that no two lists of parts give the same id.
func joinID(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	escaped := make([]string, len(parts))
	for i, part := range parts {
		escaped[i] = strings.ReplaceAll(strings.ReplaceAll(part, "%", "%25"), "/", "%2F")
	}
	return strings.Join(escaped, "/")
}

// splitID undoes joinID; nil if id does not have so many parts, or is spelt in another way.
func splitID(id string, n int) []string {
	if n == 1 {
		return []string{id}
	}
	parts := strings.Split(id, "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(part, "%2F", "/"), "%25", "%")
	}
	if len(parts) != n || joinID(parts) != id {
		return nil
	}
	return parts
}

// labels are the names of the parts of an id, as people are told of them.
func (k kind) labels() []string {
	var names []string
	if k.ForEach != "" {
		names = append(names, k.ForEach)
	}
	for _, key := range k.Key {
		names = append(names, key.last())
	}
	if len(k.Key) == 0 {
		names = append(names, "name")
	}
	return names
}

// split takes an id apart into that of its parent ("" if the kind has none) and the values of its keys.
// It fails on an id that no item of the kind can have.
func (k kind) split(id string) (parent string, parts []string, err error) {
	names := k.labels()
	if k.Fold && id != strings.ToLower(id) {
		return "", nil, fmt.Errorf("ids of this kind differ by more than capitals: write %q", strings.ToLower(id))
	}
	parts = splitID(id, len(names))
	switch {
	case parts == nil:
		return "", nil, fmt.Errorf("%q is no id of this kind: write %s, and %%2F for a slash within a part, %%25 for a percent sign", id, strings.Join(names, "/"))
	case k.List.Shape == "single" && parts[len(parts)-1] != k.name:
		return "", nil, fmt.Errorf("there is one item of this kind: its id is %q", k.name)
	case k.ForEach != "":
		return parts[0], parts[1:], nil
	default:
		return "", parts, nil
	}
}

// identify returns the id of an element: from its keys, or else its label in the object it stands in.
func (k kind) identify(parent, label string, element any) (string, error) {
	var parts []string
	if k.ForEach != "" {
		parts = append(parts, parent)
	}
	for _, key := range k.Key {
		value, _ := key.at(element)
		text, ok := value.(string)
		if !ok || text == "" && len(k.labels()) == 1 {
			return "", fmt.Errorf("an item has no text at %s", key)
		}
		parts = append(parts, text)
	}
	if len(k.Key) == 0 {
		parts = append(parts, label)
	}
	id := joinID(parts)
	if k.Fold {
		id = strings.ToLower(id)
	}
	return id, nil
}

// withKey puts the parts of an id into a body that carries them.
func (k kind) withKey(parts []string, body map[string]any) map[string]any {
	if len(k.Body) > 0 {
		return body
	}
	for i, key := range slices.Backward(k.Key) {
		there, _ := key.at(body)
		if text, ok := there.(string); ok && k.Fold && strings.EqualFold(text, parts[i]) {
			continue // the server's own capitals: others would rename it
		}
		body = schema.Merge(body, key.nest(parts[i]))
	}
	return body
}
