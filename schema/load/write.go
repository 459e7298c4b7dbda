package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/token"
	cuejson "cuelang.org/go/encoding/json"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Section is items that are written out below one path of a cluster.
type Section struct {
	Path  []string     // to the items, as in cluster, items
	Items schema.Items // a nil body is a null: it takes the item away
	About []string     // lines of a comment above them
	After []string     // and below
}

// Write writes items as a file of CUE, as `cue fmt` does, in an order that depends on their names only. Where
// all sections are at cluster scope, with no null in them, the file is evaluated apart: see shards.
func Write(pkg string, sections []Section) ([]byte, error) {
	var text bytes.Buffer
	fmt.Fprintf(&text, "package %s\n", pkg)
	for _, section := range sections {
		if err := section.write(&text); err != nil {
			return nil, err
		}
	}
	return text.Bytes(), nil
}

func (s Section) write(text *bytes.Buffer) error {
	if remark(text, s.About); len(s.About) == 0 {
		text.WriteString("\n")
	}
	for i, kind := range slices.Sorted(maps.Keys(s.Items)) {
		items, err := structOf(s.Items[kind])
		if err != nil {
			return fmt.Errorf("write %s: %w", kind, err)
		}
		path := append(slices.Clone(s.Path), kind)
		for _, label := range slices.Backward(path) {
			items = &ast.StructLit{Elts: []ast.Decl{&ast.Field{Label: ast.NewString(label), Value: items}}}
		}
		data, err := format.Node(&ast.File{Decls: items.(*ast.StructLit).Elts}, format.Simplify())
		if err != nil {
			return fmt.Errorf("write %s: %w", kind, err)
		}
		if i > 0 {
			text.WriteString("\n")
		}
		text.Write(bytes.TrimRight(data, "\n"))
		text.WriteString("\n")
	}
	remark(text, s.After)
	return nil
}

// widest is how many bytes of a comment or of a small struct stand on one line.
const widest = 110

// writeComment writes lines, none of which can end the comment: what stands in them may come from a server.
func remark(text *bytes.Buffer, lines []string) {
	for _, line := range lines {
		column := widest
		for word := range strings.FieldsSeq(strings.ToValidUTF8(strings.Map(printable, line), "?")) {
			if column+1+len(word) > widest {
				text.WriteString("\n//")
				column = 2
			}
			text.WriteString(" " + word)
			column += 1 + len(word)
		}
	}
	if len(lines) > 0 {
		text.WriteString("\n")
	}
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r == 0xfeff {
		return ' '
	}
	return r
}

// structOf is bodies by id, as people count.
func structOf(bodies map[string]schema.Body) (ast.Expr, error) {
	all := &ast.StructLit{}
	for _, id := range slices.SortedFunc(maps.Keys(bodies), schema.CompareSerials) {
		value := ast.Expr(ast.NewNull())
		if bodies[id] != nil {
			var err error
			if value, err = literalOf(map[string]any(bodies[id])); err != nil {
				return nil, fmt.Errorf("%s: %w", id, err)
			}
		}
		all.Elts = append(all.Elts, &ast.Field{Label: ast.NewString(id), Value: value})
	}
	return all, nil
}

// literalOf is a value as CUE.
func literalOf(value any) (ast.Expr, error) {
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false) // & and < are no danger to CUE
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	text := bytes.ReplaceAll(data.Bytes(), []byte("\ufeff"), []byte(`\ufeff`)) // CUE wants it at the beginning only
	expr, err := cuejson.Extract("", text)
	if err == nil {
		ast.Walk(expr, nil, tighten)
	}
	return expr, err
}

// tighten puts a small struct in a list on one line, as people do.
func tighten(n ast.Node) {
	list, ok := n.(*ast.ListLit)
	if !ok {
		return
	}
	for _, element := range list.Elts {
		object, ok := element.(*ast.StructLit)
		if !ok || !onOneLine(object) {
			continue
		}
		object.Lbrace, object.Rbrace = token.Blank.Pos(), token.Blank.Pos()
		for _, field := range object.Elts {
			ast.SetRelPos(field, token.Blank)
		}
	}
}

// onOneLine tells whether all fields of a struct are plain values that fit on one line together.
func onOneLine(object *ast.StructLit) bool {
	length := 0
	return all(object.Elts, func(decl ast.Decl) bool {
		field, _ := decl.(*ast.Field)
		value, plain := field.Value.(*ast.BasicLit)
		name, _ := nameOf(field.Label)
		if plain {
			length += len(name) + len(value.Value) + 4
		}
		return plain && length < widest && !strings.Contains(value.Value, "\n")
	})
}
