package load

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// TestEveryFieldIsDocumented holds our own module to what editors and the JSON Schema show of it: every
// field that someone can write has a comment above it, a sentence, which names its default and what a
// number counts.
func TestEveryFieldIsDocumented(t *testing.T) {
	t.Parallel()
	fields := 0
	for _, name := range slices.Sorted(maps.Keys(module())) {
		if strings.HasPrefix(name, "cue.mod/") {
			continue
		}
		lacks, seen := undocumented(t, name, module()[name])
		fields += seen
		for _, lack := range lacks {
			t.Error(lack)
		}
	}
	if fields < 200 {
		t.Errorf("only %d fields were looked at", fields)
	}
}

// TestUndocumentedIsFound shows each lack by a field that has it, beside one that does not.
func TestUndocumentedIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ lacks, text string }{
		{"no comment above it", "#A: {\n\t// One.\n\tb: string\n\tc: string\n}"},
		{"no comment above it", "#A: {\n\tb?: string // Beside it.\n}"},
		{"no comment above it", "#A: b!: {\n\tc: string\n}"},
		{"no comment above it", "#A: [string]: {\n\tb: string\n}"},
		{"no comment above it", "#A: {\n\tx: 1\n} | {\n\tb: [...{c?: bool}]\n}"},
		{"no comment above it", "#A: {\n\tif true {b: string}\n}"},
		{"does not end a sentence", "#A: {\n\t// No end\n\tb: string\n}"},
		{"does not name its default", "#A: {\n\t// One.\n\tb: *5 | string\n}"},
		{"does not name its default", "#A: {\n\t// One.\n\tb: string & (*\"5s\" | _)\n}"},
		{"does not say what is counted", "#A: {\n\t// The threshold.\n\tb: int & >0\n}"},
		{"does not say what is counted", "#A: {\n\t// The threshold.\n\tb: #Duration\n}"},
		{"", "#A: {\n\t// One. Default: 5.\n\tb: *5 | string\n\t// 7 unless another is said.\n\tc: *7 | string\n}"},
		{"", "#A: {\n\t// In bytes.\n\tb: int & >0\n\t// So long it waits.\n\tc: #Duration\n}"},
		{"", "#A: {\n\tb: _\n\t_c: string\n\td: 5\n\t_rule: x: string\n\t#e: _\n}"},
	} {
		text := "package a\n\n// A.\n" + c.text + "\n"
		lacks, _ := undocumented(t, "schema/a.cue", []byte(text))
		if found := strings.Join(lacks, "\n"); c.lacks == "" && found != "" || !strings.Contains(found, c.lacks) {
			t.Errorf("%s\nlacks %q, want %q", text, found, c.lacks)
		}
	}
}

// undocumented returns what the fields of a file lack, and how many fields there are to document.
func undocumented(t *testing.T, name string, data []byte) (lacks []string, fields int) {
	t.Helper()
	file, err := parser.ParseFile(name, data, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	d := documented{product: product(name)}
	for _, decl := range file.Decls {
		if field, ok := decl.(*ast.Field); ok && label(field) != "" && !strings.HasPrefix(label(field), "_") {
			d.definition(field)
		}
	}
	return d.lacks, d.fields
}

// documented walks the declarations of a file.
type documented struct {
	product string // "" for the vocabulary
	lacks   []string
	fields  int
}

// definition looks at one of a package. A product's own #Provider gives values to fields that are described
// where they are declared; of it only the kinds are new, and what their bodies may say.
func (d *documented) definition(field *ast.Field) {
	if d.product == "" || d.product == "rest" || label(field) != "#Provider" {
		d.field(field)
		return
	}
	ast.Walk(field.Value, func(n ast.Node) bool {
		inside, ok := n.(*ast.Field)
		if !ok || label(inside) != "kinds" {
			return true
		}
		d.kinds(inside.Value)
		return false
	}, nil)
}

func (d *documented) kinds(value ast.Expr) {
	kinds, _ := value.(*ast.StructLit)
	for _, decl := range kinds.Elts {
		kind, ok := decl.(*ast.Field)
		if !ok || label(kind) == "" {
			continue
		}
		d.comment(kind)
		ast.Walk(kind.Value, func(n ast.Node) bool {
			body, ok := n.(*ast.Field)
			if ok && label(body) == "#body" {
				d.below(body.Value)
			}
			return !ok
		}, nil)
	}
}

// field looks at one that is declared, and at those below it. What is hidden, what only brings a name into
// scope and what is data declares nothing.
func (d *documented) field(field *ast.Field) {
	name := label(field)
	if strings.HasPrefix(name, "_") || declaresNothing(field) {
		return
	}
	if (name != "" || isPattern(field)) && !inner(name) {
		d.comment(field)
	}
	d.below(field.Value)
}

// inner tells whether a definition is one that the vocabulary hands down to itself, as #classes and #body.
func inner(name string) bool { return regexp.MustCompile(`^#[a-z]`).MatchString(name) }

// below looks at the fields in a value.
func (d *documented) below(value ast.Node) {
	ast.Walk(value, func(n ast.Node) bool {
		if object, ok := n.(*ast.StructLit); ok {
			d.object(object)
			return false
		}
		return true
	}, nil)
}

// object looks at the fields of one, each the first time that it is declared. Of a chain, as in
// a: [string]: {...}, the first has the comment.
func (d *documented) object(object *ast.StructLit) {
	var seen []string
	for _, decl := range object.Elts {
		field, ok := decl.(*ast.Field)
		switch {
		case !ok:
			d.below(decl)
		case object.Lbrace == token.NoPos:
			d.below(field.Value)
		case label(field) != "" && slices.Contains(seen, label(field)):
			d.below(field.Value)
		default:
			d.field(field)
			seen = append(seen, label(field))
		}
	}
}

func isPattern(field *ast.Field) bool {
	_, ok := field.Label.(*ast.ListLit)
	return ok
}

// declaresNothing tells of a field whether it gives a value, only brings a name into scope, or only hands
// something down.
func declaresNothing(field *ast.Field) bool {
	switch value := field.Value.(type) {
	case *ast.Ident:
		return value.Name == "_"
	case *ast.StructLit:
		if len(value.Elts) == 1 && value.Lbrace == token.NoPos {
			next, _ := value.Elts[0].(*ast.Field)
			return inner(label(next)) || field.Constraint == token.ILLEGAL && isData(value)
		}
	}
	return field.Constraint == token.ILLEGAL && !isPattern(field) && isData(field.Value)
}

func isData(value ast.Expr) bool {
	switch value := value.(type) {
	case *ast.BasicLit:
		return true
	case *ast.ListLit:
		return !slices.ContainsFunc(value.Elts, func(e ast.Expr) bool { return !isData(e) })
	case *ast.StructLit:
		return !slices.ContainsFunc(value.Elts, func(decl ast.Decl) bool {
			field, ok := decl.(*ast.Field)
			return !ok || field.Constraint != token.ILLEGAL || isPattern(field) || !isData(field.Value)
		})
	}
	return false
}

// comment looks at what stands above a field.
func (d *documented) comment(field *ast.Field) {
	d.fields++
	text := ""
	for _, group := range ast.Comments(field) {
		if group.Doc {
			text += group.Text()
		}
	}
	lacks := ""
	switch {
	case text == "":
		lacks = "it has no comment above it"
	case !regexp.MustCompile(`([.:]\s*$|\n\t[^\n]*\s*$)`).MatchString(text):
		lacks = "its comment does not end a sentence"
	case !namesDefault(field.Value, text):
		lacks = "its comment does not name its default"
	case !namesUnit(field.Value, text):
		lacks = "its comment does not say what is counted"
	default:
		return
	}
	d.lacks = append(d.lacks, fmt.Sprintf("%s: %s: %s", field.Pos(), cmp.Or(label(field), "a pattern"), lacks))
}

// namesDefault tells whether a comment names the default of a value, if that has one.
func namesDefault(value ast.Expr, comment string) bool {
	named := true
	atoms(value, func(e ast.Expr) {
		star, ok := e.(*ast.UnaryExpr)
		if !ok || star.Op != token.MUL {
			return
		}
		literal, ok := star.X.(*ast.BasicLit)
		named = strings.Contains(comment, "Default: ") || ok && strings.Contains(comment, strings.Trim(literal.Value, `"`))
	})
	return named
}

// namesUnit tells whether a comment says what a number or a duration is one of.
func namesUnit(value ast.Expr, comment string) bool {
	units := map[string]string{
		"int":       `\b(bytes|KB/s|milliseconds|days|many|number|priority|port|[01])\b`,
		"number":    `\bshare\b`,
		"#Limit":    `\bmany\b`,
		"#Duration": `\b(long|often|time)\b`,
	}
	named := true
	atoms(value, func(e ast.Expr) {
		if name, ok := e.(*ast.Ident); ok && units[name.Name] != "" {
			named = named && regexp.MustCompile("(?i)"+units[name.Name]).MatchString(comment)
		}
	})
	return named
}

// atoms calls f for what a value is made of by & and |.
func atoms(value ast.Expr, f func(ast.Expr)) {
	switch value := value.(type) {
	case *ast.ParenExpr:
		atoms(value.X, f)
	case *ast.BinaryExpr:
		atoms(value.X, f)
		atoms(value.Y, f)
	default:
		f(value)
	}
}
