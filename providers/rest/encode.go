package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
)

// encoded is the body as it goes over the wire, with its secrets; nil where there is none.
func (r request) encoded() ([]byte, error) {
	switch {
	case r.body == nil:
		return nil, nil
	case r.terms.Form:
		return form(reveal(r.body))
	default:
		return encode(reveal(r.body))
	}
}

// encode is json.Marshal that leaves <, > and & alone.
func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// form writes an object of plain values, and of lists of them, as a form.
func form(value any) ([]byte, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a form is an object, and not %T", value)
	}
	values := url.Values{}
	for name, field := range object {
		list, ok := field.([]any)
		if !ok {
			list = []any{field}
		}
		for _, element := range list {
			switch element := element.(type) {
			case nil:
			case map[string]any, []any:
				return nil, fmt.Errorf("a form has plain fields, and %s is none: the kind's #body must not allow it", name)
			default:
				values.Add(name, fmt.Sprint(element))
			}
		}
	}
	return []byte(values.Encode()), nil
}
