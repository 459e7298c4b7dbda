package load

import (
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/errors"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/rules"
)

// A rule in CUE is a field below _rule: its label is the id, the label below says what is in breach, and its
// value is an error("PATH: what is wrong; what to do"). PATH leads there from the cluster, or, for a rule
// about a product, from its #provider. CUE knows only the line of the error() itself; the user's own is
// where PATH leads.

// ruled is the problem of a rule, whose id stands at path[i+1].
func (p pkg) ruled(e errors.Error, path []string, i int) schema.Problem {
	problem := schema.Problem{Rule: path[i+1], Message: sentence(e)}
	base := subject(path[:i])
	about, said := splitAbout(problem.Message)
	if about != nil && p.exists(append(slices.Clone(base), about[0])) {
		problem.Path, problem.Message = append(base, about...), said
		problem.At = p.locateRuled(problem.Path, len(base))
	} else {
		problem.At = p.place(e, base)
	}
	if last := strings.LastIndex(problem.Message, "; "); last > 0 {
		problem.Message, problem.Remedy = problem.Message[:last], problem.Message[last+len("; "):]
	}
	return problem
}

// saidInGo parts the breaches of our rules in CUE that are checked again in Go, in better words, from all else
// that CUE says. A rule that people wrote themselves is not repeated anywhere, even if its id is one of ours.
func (p pkg) saidInGo(all []errors.Error) (repeated, rest []errors.Error) {
	inGo := map[string]bool{}
	for _, r := range rules.All() {
		inGo[r.ID] = true
	}
	for _, e := range all {
		path := e.Path()
		i := slices.Index(path, "_rule") + 1
		if i > 0 && i < len(path) && inGo[unquote(path[i:])[0]] && !p.users(e.Position()) {
			repeated = append(repeated, e)
			continue
		}
		rest = append(rest, e)
	}
	return repeated, rest
}

// subject is what a rule below this path is about: a product, as the cluster has it, or else the cluster.
func subject(path []string) []string {
	if len(path) > 0 && strings.EqualFold(path[len(path)-1], "#provider") {
		return []string{"cluster", "#provider"}
	}
	return []string{"cluster"}
}

// splitAbout takes the path off a sentence; about is nil where it begins with none.
func splitAbout(sentence string) (about []string, said string) {
	const label = `(?:[A-Za-z0-9_$-]+|"(?:[^"\\]|\\.)*")`
	m := regexp.MustCompile(`^(` + label + `(?:\.` + label + `)*): (.+)$`).FindStringSubmatch(sentence)
	if m == nil {
		return nil, sentence
	}
	return unquote(regexp.MustCompile(label).FindAllString(m[1], -1)), m[2]
}

// exists tells whether there is a field, right or wrong.
func (p pkg) exists(path []string) bool {
	selectors := make([]cue.Selector, len(path))
	for i, label := range path {
		selectors[i] = cue.Str(label)
		if definition, ok := strings.CutPrefix(label, "#"); ok {
			selectors[i] = cue.Def(definition)
		}
	}
	return p.value.LookupPath(cue.MakePath(selectors...)).Exists()
}

// locateRuled finds a path whose first labels, so many, stand for the cluster or its product. A product
// may also be a definition, of the cluster's package or of another one that the user wrote.
func (p pkg) locateRuled(path []string, base int) schema.Position {
	if found := p.written().find(path); found.depth > base {
		return position(found.pos)
	}
	definition := append([]string{"#Provider"}, path[base:]...)
	if base == 1 {
		definition[0] = "#Cluster"
	}
	for _, written := range append([]*node{p.written()}, p.imported()...) {
		if found := written.find(definition); found.depth > 1 {
			return position(found.pos)
		}
	}
	return p.locate(path)
}

// imported are the other packages of the user's that the cluster's needs.
func (p pkg) imported() []*node {
	var trees []*node
	var needed []*build.Instance
	if whole := p.value.BuildInstance(); whole != nil {
		needed = append(needed, whole)
	}
	for i := 0; i < len(needed); i++ {
		for _, other := range needed[i].Imports {
			if slices.Contains(needed, other) {
				continue
			}
			needed = append(needed, other)
			if slices.ContainsFunc(other.Files, p.wrote) {
				trees = append(trees, tree(other.Files))
			}
		}
	}
	return trees
}

func (p pkg) wrote(file *ast.File) bool {
	return len(file.Decls) > 0 && p.users(file.Decls[len(file.Decls)-1].Pos())
}
