package reconcile

import (
	"fmt"
	"maps"

	"github.com/gitops-reconciler/reconciler/schema"
)

// seal returns what the peer shall hold, with the secrets that its items refer to.
func (r *Reconciler) seal(c *schema.Cluster, serial string) (schema.Items, error) {
	desired := c.Desired(serial)
	for name, bodies := range desired {
		pointers := c.Provider.Kinds[name].Secrets
		if len(pointers) == 0 {
			continue
		}
		sealed := maps.Clone(bodies)
		for id, body := range bodies {
			for _, pointer := range pointers {
				var err error
				if body, err = r.sealField(body, pointer); err != nil {
					return nil, fmt.Errorf("%s of %s/%s: %w", pointer, name, id, err)
				}
			}
			sealed[id] = body
		}
		desired[name] = sealed
	}
	return desired, nil
}

func (r *Reconciler) sealField(body schema.Body, pointer string) (schema.Body, error) {
	reference, ok := schema.Lookup(map[string]any(body), pointer)
	if !ok {
		return body, nil
	}
	text, ok := reference.(string)
	if !ok {
		return nil, fmt.Errorf("want a reference to a secret, env:NAME or file:PATH")
	}
	value, err := r.Secrets(text)
	if err != nil {
		return nil, err
	}
	return schema.Replace(body, pointer, schema.NewSecret(value, r.Key)), nil
}
