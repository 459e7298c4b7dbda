package load

import (
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"

	"github.com/gitops-reconciler/reconciler/schema"
)

// complete checks every item that a group or a peer changes as it will be after merging, and writes the
// defaults of its kind into the change, so that merging alone gives the whole body. CUE checks the
// items at cluster scope by itself; merging it cannot do.
func (p pkg) complete(c *schema.Cluster) []schema.Problem {
	var problems []schema.Problem
	for name, group := range c.Groups {
		path := []string{"cluster", "groups", name, "items"}
		problems = append(problems, p.completeChanges(path, group.Items, c.Items, nil)...)
	}
	for serial, peer := range c.Peers {
		path := []string{"cluster", "peers", serial, "items"}
		problems = append(problems, p.completeChanges(path, peer.Items, c.Items, c.Groups[peer.Group].Items)...)
	}
	return problems
}

func (p pkg) completeChanges(path []string, changes, cluster, group schema.Items) []schema.Problem {
	var problems []schema.Problem
	for kind, bodies := range changes {
		body := p.cluster().LookupPath(cue.MakePath(cue.Def("provider"), cue.Str("kinds"), cue.Str(kind), cue.Def("body")))
		if !body.Exists() {
			continue // a rule names the kind
		}
		for id, change := range bodies {
			if change == nil {
				continue
			}
			wider := schema.Merge(cluster[kind][id], group[kind][id])
			whole, err := unify(body, schema.Merge(wider, change))
			if err != nil {
				problems = append(problems, p.misfits(append(slices.Clone(path), kind, id), err)...)
				continue
			}
			bodies[id] = withNulls(whole, change)
		}
	}
	return problems
}

// unify returns the merged body with the defaults of its kind.
func unify(kind cue.Value, merged map[string]any) (schema.Body, error) {
	value := kind.Unify(cuecontext.New().Encode(merged))
	if err := value.Validate(cue.Concrete(true)); err != nil {
		return nil, err
	}
	var body schema.Body
	return body, decodePart(value, &body)
}

func (p pkg) misfits(path []string, err error) []schema.Problem {
	var problems []schema.Problem
	for _, e := range errors.Errors(err) {
		problem := p.problem(e)
		problem.Path = append(slices.Clone(path), lastLabels(problem.Path)...)
		problem.Rule = "schema"
		problem.At = p.locate(problem.Path)
		problems = append(problems, problem)
	}
	return problems
}

// lastLabels is what an error's path has below the kind's #body: where in the body it is.
func lastLabels(path []string) []string {
	if i := slices.Index(path, "#body"); i >= 0 {
		return path[i+1:]
	}
	return path
}

// withNulls is the whole body as a merge patch: what the change took away stays taken away.
func withNulls(whole, change map[string]any) map[string]any {
	for key, value := range change {
		there, exists := whole[key]
		if value == nil && !exists {
			whole[key] = nil
		}
		below, isObject := value.(map[string]any)
		thereBelow, thereIsObject := there.(map[string]any)
		if isObject && thereIsObject {
			whole[key] = withNulls(thereBelow, below)
		}
	}
	return whole
}
