package reconcile

import (
	"errors"
	"fmt"
	"maps"

	"github.com/gitops-reconciler/reconciler/schema"
)

// seal returns bodies with the secrets that they refer to, without those of which one is not known, and of
// each of those why.
func (r *Reconciler) seal(name string, kind schema.Kind, bodies map[string]schema.Body) (sealed map[string]schema.Body, unknown map[string]error) {
	unknown = map[string]error{}
	if len(kind.Secrets) == 0 {
		return bodies, unknown
	}
	sealed = maps.Clone(bodies)
	for id, body := range bodies {
		var err error
		if sealed[id], err = r.sealBody(schema.Key{Kind: name, ID: id}, body, kind.Secrets); err != nil {
			unknown[id] = err
			delete(sealed, id)
		}
	}
	return sealed, unknown
}

func (r *Reconciler) sealBody(key schema.Key, body schema.Body, pointers []string) (schema.Body, error) {
	for _, pointer := range pointers {
		var err error
		if body, err = r.sealField(body, pointer); err != nil {
			return nil, fmt.Errorf("%s of %s: %w", pointer, key, err)
		}
	}
	return body, nil
}

func (r *Reconciler) sealField(body schema.Body, pointer string) (schema.Body, error) {
	reference, ok := schema.Lookup(map[string]any(body), pointer)
	if !ok {
		return body, nil
	}
	text, ok := reference.(string)
	if !ok {
		return nil, errors.New("want a reference to a secret, env:NAME or file:PATH")
	}
	value, err := r.Secrets(text)
	if err != nil {
		return nil, err
	}
	return schema.Replace(body, pointer, schema.NewSecret(value, r.Key)), nil
}
