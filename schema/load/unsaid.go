package load

import (
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue"

	"github.com/gitops-reconciler/reconciler/schema"
)

// unsaid are the fields that are not allowed, or are missing, in structs where something else is wrong. CUE
// is silent about them then, and people would learn of them only in the next round.
func (p pkg) unsaid(found []schema.Problem) []schema.Problem {
	seen, known := map[string]bool{}, map[string]bool{}
	for _, problem := range found {
		known[schema.JoinPath(problem.Path)] = true
	}
	var all []schema.Problem
	for _, problem := range found {
		for n := 1; n < len(problem.Path) && problem.Rule == "schema"; n++ {
			path := problem.Path[:n]
			if key := schema.JoinPath(path); !seen[key] {
				seen[key] = true
				all = append(all, p.unsaidIn(path)...)
			}
		}
	}
	return slices.DeleteFunc(all, func(problem schema.Problem) bool { return known[schema.JoinPath(problem.Path)] })
}

func (p pkg) unsaidIn(path []string) []schema.Problem {
	here := p.words.at(path)
	if !here.value.Exists() {
		return nil
	}
	var all []schema.Problem
	written := p.written().names(path)
	for _, name := range written {
		if full := append(slices.Clone(path), name); !here.has(name) && p.says(full) {
			all = append(all, schema.Problem{Rule: "schema", Path: full, Message: notAllowed, At: p.label(full)})
		}
	}
	for _, f := range here.allowed() {
		if !f.required || slices.Contains(written, f.name) || isChange(path) {
			continue
		}
		if full := append(slices.Clone(path), f.name); !p.says(full) {
			all = append(all, schema.Problem{Rule: "schema", Path: full, Message: notPresent, At: p.locate(full)})
		}
	}
	return all
}

// isChange tells of a path in a group's or a peer's items, where what is missing may stand at a wider scope.
func isChange(path []string) bool {
	return len(path) > 3 && (path[1] == "peers" || path[1] == "groups") && path[3] == "items"
}

// says tells whether a field that is written has a value: one below an `if` may have none, and null in a
// change takes away what need not be there.
func (p pkg) says(path []string) bool {
	selectors := make([]cue.Selector, len(path))
	for i, label := range path {
		selectors[i] = cue.Str(label)
	}
	value := p.value.LookupPath(cue.MakePath(selectors...))
	return value.Exists() && value.IncompleteKind() != cue.NullKind
}

// names are those of the fields that are written out in the struct at path, but for hidden fields and
// definitions.
func (n *node) names(path []string) []string {
	for _, label := range path {
		if n = n.named[label]; n == nil {
			return nil
		}
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(n.named)), func(name string) bool {
		return strings.HasPrefix(name, "_") || strings.HasPrefix(name, "#")
	})
}
