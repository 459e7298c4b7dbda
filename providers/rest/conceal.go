package rest

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// conceal takes the secrets of what was sent out of what came back: some servers repeat what they refuse.
// It must see the text before it is cut, or the beginning of a secret stays.
func (c *Client) conceal(r request, said []byte) string {
	sent := append(secrets(r.body), secrets(c.session.credentials.Password)...)
	sent = append(sent, secrets(r.signature.credential)...)
	// The longest first: one may be the beginning of another.
	slices.SortFunc(sent, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	text := string(said[:min(len(said), peek)])
	for _, secret := range sent {
		text = spell(secret).cut(text)
	}
	return text
}

// secrets returns the secrets in a value.
func secrets(value any) []string {
	var found []string
	switch value := value.(type) {
	case schema.Secret:
		found = append(found, value.Reveal())
	case schema.Body:
		return secrets(map[string]any(value))
	case map[string]any:
		for _, v := range value {
			found = append(found, secrets(v)...)
		}
	case []any:
		for _, v := range value {
			found = append(found, secrets(v)...)
		}
	}
	return found
}

// cut returns text with a mark for each place where the secret stands.
func (s spelling) cut(text string) string {
	if len(s) == 0 {
		return text
	}
	var b strings.Builder
	for text != "" {
		length := s.length(text)
		if length > 0 {
			b.WriteString(schema.Secret{}.String())
		} else {
			length = 1
			b.WriteString(text[:1])
		}
		text = text[length:]
	}
	return b.String()
}

// length returns how much of the beginning of text is the secret; 0 if it does not begin with it. A part
// of text can be one character or several (&amp;), so all that it can be is followed.
func (s spelling) length(text string) int {
	ends := map[int]bool{0: true}
	for _, character := range s {
		next := map[int]bool{}
		for end := range ends {
			for _, length := range character.lengths(text[end:]) {
				next[end+length] = true
			}
		}
		if ends = next; len(ends) == 0 {
			return 0
		}
	}
	return slices.Max(slices.Collect(maps.Keys(ends)))
}
