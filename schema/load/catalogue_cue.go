package load

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"

	"github.com/gitops-reconciler/reconciler/schema"
)

// rulesInCUE finds the rules in the files of a module: each label directly under a field _rule is the id
// of one. Its sentence is the comment above it, or else what it says when it is broken.
func rulesInCUE(files map[string][]byte) []schema.Rule {
	var found []schema.Rule
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file, err := parser.ParseFile(name, files[name], parser.ParseComments)
		if err != nil {
			continue // the module is our own, and compiled in every test
		}
		ast.Walk(file, func(n ast.Node) bool {
			field, ok := n.(*ast.Field)
			if !ok || label(field) != "_rule" {
				return true
			}
			found = append(found, rulesBelow(field.Value, product(name))...)
			return false
		}, nil)
	}
	return firsts(found)
}

// label is that of a field, "" where it must be evaluated first.
func label(field *ast.Field) string {
	name, _, err := ast.LabelName(field.Label)
	if err != nil {
		return ""
	}
	return name
}

// product is the name of the provider that a file belongs to, "" for the vocabulary.
func product(name string) string {
	if strings.HasPrefix(name, "providers/") {
		return path.Base(path.Dir(name))
	}
	return ""
}

func rulesBelow(node ast.Node, product string) []schema.Rule {
	var found []schema.Rule
	ast.Walk(node, func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		if !ok {
			return true
		}
		if id := label(field); id != "" {
			rule := described(field)
			rule.ID, rule.Said, rule.Product = id, schema.InCUE, product
			found = append(found, rule)
		}
		return false
	}, nil)
	return found
}

// described is what a rule's comment says, and the requirements that it names first, as in
//
//	// CLEO-88, CLEO-89: Groups are ...
//	// Remedy: put ...
func described(field *ast.Field) schema.Rule {
	var comment strings.Builder
	for _, group := range ast.Comments(field) {
		comment.WriteString(group.Text())
	}
	sentence, remedy, _ := strings.Cut(strings.Join(strings.Fields(comment.String()), " "), " Remedy: ")
	if sentence == "" {
		sentence = said(field.Value)
	}
	rule := schema.Rule{Sentence: sentence, Remedy: remedy}
	if m := regexp.MustCompile(`^([A-Z]+-\d+(?:, [A-Z]+-\d+)*): (.*)$`).FindStringSubmatch(sentence); m != nil {
		rule.Seed, rule.Sentence = seeds(m[1]), m[2]
	}
	return rule
}

// said is the sentence of the error() in a value, without the path that it begins with, and with dots
// where something is put in.
func said(value ast.Expr) string {
	var b strings.Builder
	ast.Walk(value, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			return false
		case *ast.Interpolation:
			for _, part := range n.Elts {
				b.WriteString(piece(part))
			}
			return false
		case *ast.BasicLit:
			b.WriteString(strings.Trim(n.Value, `"`))
		}
		return true
	}, nil)
	text := strings.ReplaceAll(b.String(), `\"`, `"`)
	if path, rest, ok := strings.Cut(text, ": "); ok && !strings.Contains(path, " ") {
		return rest
	}
	return text
}

// piece is a part of a string: what stands between two things that are put in, or one of them.
func piece(part ast.Expr) string {
	lit, ok := part.(*ast.BasicLit)
	if !ok {
		return "..."
	}
	text := strings.TrimPrefix(strings.TrimPrefix(lit.Value, `"`), ")")
	return strings.TrimSuffix(strings.TrimSuffix(text, `"`), `\(`)
}

// firsts keeps the first of each id.
func firsts(found []schema.Rule) []schema.Rule {
	var kept []schema.Rule
	for _, r := range found {
		if !slices.ContainsFunc(kept, func(k schema.Rule) bool { return k.ID == r.ID }) {
			kept = append(kept, r)
		}
	}
	return kept
}
