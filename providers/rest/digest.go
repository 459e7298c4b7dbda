package rest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Digest returns a text that is the same only while the peer is the same installation, of the same
// version, with the same items. It is "" where the definition knows of none, and where the peer's answer
// is not what the definition says: Observe tells what is wrong with it.
func (c *Client) Digest(ctx context.Context) (string, error) {
	identity := c.definition.api.Identity
	if identity == nil || identity.Digest == "" {
		return "", nil
	}
	a, err := c.do(ctx, request{op: "ask who it is", method: http.MethodGet, path: identity.Path})
	if a.status == http.StatusNotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var parts []any
	for _, pointer := range []string{identity.Instance, identity.Version, identity.Digest} {
		if pointer == "" {
			continue
		}
		part, ok := schema.Lookup(a.body, pointer)
		if !ok || part == nil {
			return "", nil
		}
		parts = append(parts, part)
	}
	data, err := encode(parts)
	if err != nil {
		return "", failure("ask who it is", schema.Garbled, err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}
