package rest

import (
	"encoding/json"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// pointer is a pointer (RFC 6901) by its steps: it is followed once for every item.
type pointer []string

func point(text string) pointer {
	if text == "" {
		return nil
	}
	return schema.SplitPointer(text)
}

// UnmarshalJSON takes the pointer apart.
func (p *pointer) UnmarshalJSON(data []byte) error {
	var text string
	err := json.Unmarshal(data, &text)
	*p = point(text)
	return err
}

// String is the pointer as it was written.
func (p pointer) String() string {
	var b strings.Builder
	for _, step := range p {
		b.WriteByte('/')
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(step, "~", "~0"), "/", "~1"))
	}
	return b.String()
}

// last is the name of what it points to.
func (p pointer) last() string { return p[len(p)-1] }

// at returns what it points to in value, and whether it is there.
func (p pointer) at(value any) (any, bool) {
	for _, step := range p {
		object, ok := asObject(value)
		if !ok {
			return nil, false
		}
		if value, ok = object[step]; !ok {
			return nil, false
		}
	}
	return value, true
}

func asObject(value any) (map[string]any, bool) {
	switch value := value.(type) {
	case map[string]any:
		return value, true
	case schema.Body:
		return value, true
	default:
		return nil, false
	}
}

// cut takes what it points to out of value, which is changed.
func (p pointer) cut(value any) {
	above, there := p[:len(p)-1].at(value)
	if object, ok := asObject(above); there && ok {
		delete(object, p.last())
	}
}

// nest returns an object that has the value where the pointer points to, and nothing else.
func (p pointer) nest(value any) map[string]any {
	object := map[string]any{p.last(): value}
	for i := len(p) - 2; i >= 0; i-- {
		object = map[string]any{p[i]: object}
	}
	return object
}

// put returns body with the value where the pointer points to; body stays as it is.
func (p pointer) put(body map[string]any, value any) map[string]any {
	return schema.Merge(schema.Remove(body, p.String()), p.nest(value))
}
