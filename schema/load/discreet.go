package load

import (
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// mayBeSecret tells whether what stands at a path may be a secret: the product says so of the field, or
// its name does. What may be one is in no sentence.
func (v *vocabulary) mayBeSecret(path []string) bool {
	named := path[min(len(path), 3):]
	if slices.ContainsFunc(named, tellsSecret) || len(named) > 0 && named[len(named)-1] == "credentials" {
		return true
	}
	i := slices.Index(path, "items")
	return i >= 0 && i < 4 && len(path) > i+3 && slices.ContainsFunc(v.secretsOf(path[i+1]), func(steps []string) bool {
		return under(steps, path[i+3:])
	})
}

// tellsSecret knows names such as password and api_key.
func tellsSecret(name string) bool {
	name = strings.ToLower(name)
	telling := []string{"password", "passwd", "passphrase", "secret", "token", "private", "api_key", "apikey"}
	return slices.ContainsFunc(telling, func(t string) bool { return strings.Contains(name, t) })
}

// secretsOf are the paths of a kind's fields that hold references to secrets.
func (v *vocabulary) secretsOf(kind string) [][]string {
	if paths, known := v.secrets[kind]; known {
		return paths
	}
	var pointers []string
	value := v.at([]string{"cluster", "#provider", "kinds", kind, "secrets"}).value
	_ = decodePart(value, &pointers) // a definition that is wrong has a problem of its own
	var paths [][]string
	for _, pointer := range pointers {
		paths = append(paths, schema.SplitPointer(pointer))
	}
	if v.secrets == nil {
		v.secrets = map[string][][]string{}
	}
	v.secrets[kind] = paths
	return paths
}

// signsIn knows user:password@host.
func signsIn(text string) bool {
	before, _, found := strings.Cut(text, "@")
	return found && strings.Contains(before, ":")
}
