package load

import (
	"encoding/json"
	"fmt"

	"cuelang.org/go/cue"

	"github.com/gitops-reconciler/reconciler/schema"
)

// decode reads the cluster out of the package. It fails where the value is not complete; a broken rule
// does not keep it from being read.
func (p pkg) decode() (*schema.Cluster, error) {
	var c schema.Cluster
	for _, part := range []struct {
		path string
		into any
	}{
		{"name", &c.Name},
		{"note", &c.Note},
		{"#provider", &c.Provider},
		{"peers", &c.Peers},
		{"groups", &c.Groups},
		{"items", &c.Items},
	} {
		if err := decodePart(p.cluster().LookupPath(cue.ParsePath(part.path)), part.into); err != nil {
			return nil, fmt.Errorf("%s: %w", part.path, err)
		}
	}
	return &c, nil
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
