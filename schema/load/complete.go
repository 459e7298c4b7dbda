package load

import (
	"encoding/json"
	"math/big"
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
	ofGroup := map[string][]schema.Problem{}
	for name, group := range c.Groups {
		w := wider{{items: c.Items}}
		ofGroup[name] = p.completeChanges([]string{"groups", name}, group.Items, w)
		problems = append(problems, ofGroup[name]...)
	}
	for serial, peer := range c.Peers {
		grouped := func(kind string) bool { return peer.Share[c.Provider.Kinds[kind].Class] == schema.WithGroup }
		w := wider{{items: c.Items, spared: grouped}, {path: []string{"groups", peer.Group}, items: c.Groups[peer.Group].Items}}
		found := p.completeChanges([]string{"peers", serial}, peer.Items, w)
		problems = append(problems, slices.DeleteFunc(found, repeats(ofGroup[peer.Group]))...)
	}
	return problems
}

// repeats tells of a peer's problem whether it is one that its group has with the same item.
func repeats(ofGroup []schema.Problem) func(schema.Problem) bool {
	return func(problem schema.Problem) bool {
		return slices.ContainsFunc(ofGroup, func(g schema.Problem) bool {
			return g.Message == problem.Message && slices.Equal(g.Path[3:], problem.Path[3:])
		})
	}
}

// wider are the scopes that a change is merged over, the widest first.
type wider []scope

type scope struct {
	path   []string // below the cluster
	items  schema.Items
	spared func(kind string) bool // tells what is not taken from there; nil: nothing
}

// taken are the scopes that a change of a kind is merged over: a peer that shares its class with its group
// only takes nothing from the cluster's.
func (w wider) taken(kind string) wider {
	return slices.DeleteFunc(slices.Clone(w), func(s scope) bool { return s.spared != nil && s.spared(kind) })
}

// body is what a change starts from. It is not known where a wider scope's own part is in error.
func (w wider) body(p pkg, kind, id string) (body schema.Body, known bool) {
	for _, scope := range w {
		if p.inError(scope.path, kind, id) || len(scope.path) == 0 && p.wrong[schema.Key{Kind: kind, ID: id}] {
			return nil, false
		}
		change, there := scope.items[kind][id]
		if there && change == nil {
			body = nil
			continue
		}
		body = schema.Merge(body, change)
	}
	return body, true
}

func (p pkg) inError(scope []string, kind, id string) bool {
	var selectors []cue.Selector
	for _, label := range append(slices.Clone(scope), "items", kind, id) {
		selectors = append(selectors, cue.Str(label))
	}
	value := p.cluster().LookupPath(cue.MakePath(selectors...))
	return value.Exists() && value.Validate(cue.Concrete(true)) != nil
}

func (p pkg) completeChanges(scope []string, changes schema.Items, w wider) []schema.Problem {
	var problems []schema.Problem
	for kind, bodies := range changes {
		w := w.taken(kind)
		body := p.cluster().LookupPath(cue.MakePath(cue.Def("provider"), cue.Str("kinds"), cue.Str(kind), cue.Def("body")))
		if !body.Exists() {
			continue // a rule names the kind
		}
		for id, change := range bodies {
			start, known := w.body(p, kind, id)
			if change == nil || !known || p.inError(scope, kind, id) {
				continue
			}
			whole, err := unify(body, schema.Merge(start, change))
			if err != nil {
				path := append([]string{"cluster"}, scope...)
				problems = append(problems, p.misfits(append(path, "items", kind, id), err)...)
				continue
			}
			bodies[id] = withNulls(whole, change)
		}
	}
	return problems
}

// unify returns the merged body with the defaults of its kind.
func unify(kind cue.Value, merged map[string]any) (schema.Body, error) {
	value := kind.Unify(cuecontext.New().Encode(encodable(merged)))
	if err := value.Validate(cue.Concrete(true)); err != nil {
		return nil, err
	}
	var body schema.Body
	return body, decodePart(value, &body)
}

// encodable is a value whose large numbers CUE takes for numbers: a json.Number it takes for a text.
func encodable(value any) any {
	switch value := value.(type) {
	case json.Number:
		if whole, ok := new(big.Int).SetString(value.String(), 10); ok {
			return whole
		}
	case []any:
		return mapped(value, encodable)
	case map[string]any:
		object := make(map[string]any, len(value))
		for name, v := range value {
			object[name] = encodable(v)
		}
		return object
	}
	return value
}

func mapped(list []any, change func(any) any) []any {
	all := make([]any, len(list))
	for i, v := range list {
		all[i] = change(v)
	}
	return all
}

func (p pkg) misfits(path []string, err error) []schema.Problem {
	problems := p.diagnose(errors.Errors(err), path...)
	for i, problem := range problems {
		problems[i].Path = append(slices.Clone(path), lastLabels(problem.Path)...)
		problems[i].Rule = "schema"
		problems[i].At = p.locate(problems[i].Path)
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
