package load

import (
	"encoding/json"
	"errors"
	"fmt"

	"cuelang.org/go/cue"

	"github.com/gitops-reconciler/reconciler/schema"
)

// errNoProduct is for a cluster that is not unified with a product's #Cluster.
var errNoProduct = errors.New("no product; write: cluster: sftpgo.#Cluster & {name: ..., peers: ..., items: ...}")

// decode reads the cluster out of the package. Where parts of it are in error, it comes without them and
// with the error, so that rules can be checked on the rest; it is nil where none can.
func (p pkg) decode() (*schema.Cluster, error) {
	var c schema.Cluster
	provider := p.cluster().LookupPath(cue.ParsePath("#provider"))
	if _, err := provider.LookupPath(cue.ParsePath("name")).String(); err != nil {
		return nil, errNoProduct
	}
	var wrong error
	if err := decodePart(provider, &c.Provider); err != nil {
		wrong = fmt.Errorf("#provider: %w", err)
		if json.Unmarshal(salvage(provider), &c.Provider) != nil {
			return nil, wrong
		}
	}
	writable(provider, c.Provider.Kinds)
	for _, part := range []struct {
		name string
		into any
	}{
		{"name", &c.Name},
		{"note", &c.Note},
		{"peers", &c.Peers},
		{"groups", &c.Groups},
		{"items", &c.Items},
		{"roles", &c.Roles},
		{"leave", &c.Leave},
		{"authority", &c.Authority},
		{"drift", &c.Drift},
		{"version", &c.Version},
		{"transport", &c.Transport},
		{"health", &c.Health},
		{"guards", &c.Guards},
		{"rollout", &c.Rollout},
		{"windows", &c.Windows},
		{"hooks", &c.Hooks},
		{"notify", &c.Notify},
		{"suspended", &c.Suspended},
	} {
		value := p.cluster().LookupPath(cue.ParsePath(part.name))
		if err := decodePart(value, part.into); err != nil {
			wrong = fmt.Errorf("%s: %w", part.name, err)
			if json.Unmarshal(salvage(value), part.into) != nil {
				return nil, wrong
			}
		}
	}
	return &c, wrong
}

// salvage is a value as JSON, with null for the parts of it that are in error.
func salvage(value cue.Value) json.RawMessage {
	if data, err := value.MarshalJSON(); err == nil {
		return data
	}
	parts := map[string]json.RawMessage{}
	fields, err := value.Fields()
	for err == nil && fields.Next() {
		if label := fields.Selector(); label.IsString() {
			parts[label.Unquoted()] = salvage(fields.Value())
		}
	}
	if data, err := json.Marshal(parts); err == nil && len(parts) > 0 {
		return data
	}
	return json.RawMessage("null")
}

// decodePart goes by way of JSON, which is faster than cue.Value.Decode and takes our own types.
func decodePart(value cue.Value, into any) error {
	if !value.Exists() {
		return nil
	}
	data, err := value.MarshalJSON()
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}
