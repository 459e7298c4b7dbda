package rest

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// knows warns of a version with which the definition was not tried, or refuses it if the definition says
// so. A server that does not tell its version could have any.
func (c *Client) knows(op string, o *schema.Observation) error {
	identity := c.definition.api.Identity
	if o.Version == "" || len(identity.Versions) == 0 || slices.ContainsFunc(identity.Versions, func(pattern string) bool {
		matched, _ := path.Match(pattern, o.Version) // the pattern was checked
		return matched
	}) {
		return nil
	}
	text := fmt.Sprintf("it runs version %s, and the definition of %s was tried with %s only",
		excerpt(o.Version), c.definition.provider.Name, strings.Join(identity.Versions, ", "))
	if identity.Untried == "refuse" {
		return failure(op, schema.Rejected, fmt.Errorf("%s: use a definition that knows it, or another version of the product", text))
	}
	o.Warnings = append(o.Warnings, text+": look at the plan with care")
	return nil
}

// check finds patterns that match nothing, ever.
func (i *identity) check() error {
	if i == nil {
		return nil
	}
	if len(i.Versions) > 0 && i.Version == "" {
		return fmt.Errorf("versions: say where the version is in the answer (version)")
	}
	for _, pattern := range i.Versions {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("versions: %q: %w", pattern, err)
		}
	}
	return nil
}
