package load

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/token"

	"github.com/gitops-reconciler/reconciler/schema"
)

func formatText(text []byte) ([]byte, error) { return format.Source(text) }

// replace puts a value in the place of every literal that says something else.
func (e *editor) replace(w Wish, scope []string, value any) string {
	full := w.pathIn(scope)
	for i := range e.spots(full) {
		spot := e.spots(full)[i]
		if says(spot.field.Value, value) {
			continue // an equal literal stays as it is written
		}
		from, to := offsets(spot.field.Value)
		text, refused := e.text(value, e.texts[spot.file], from)
		if refused != "" {
			return refused
		}
		e.change(spot.file, from, to, text)
	}
	return ""
}

// remove takes every field that says it away.
func (e *editor) remove(w Wish, scope []string) {
	full := w.pathIn(scope)
	for spots := e.spots(full); len(spots) > 0; spots = e.spots(full) {
		spot := spots[0]
		from, to := offsets(spot.field)
		if spot.in != nil && spot.in.Lbrace == token.NoPos {
			e.change(spot.file, from, to, "{}") // a: b: 1 without b
			continue
		}
		from, to = widened(e.texts[spot.file], from, to)
		e.change(spot.file, from, to, "")
	}
}

// widened is a field with what has to go with it: its line, or a comma.
func widened(text []byte, from, to int) (int, int) {
	begin := bytes.LastIndexByte(text[:from], '\n') + 1
	after := bytes.TrimLeft(text[to:], " \t,")
	if len(bytes.TrimSpace(text[begin:from])) == 0 && (len(after) == 0 || after[0] == '\n' || bytes.HasPrefix(after, []byte("//"))) {
		end := bytes.IndexByte(text[to:], '\n')
		if end < 0 {
			return begin, len(text)
		}
		return begin, to + end + 1
	}
	if rest := bytes.TrimLeft(text[to:], " \t"); len(rest) > 0 && rest[0] == ',' {
		return from, len(text) - len(bytes.TrimLeft(rest[1:], " \t"))
	}
	if before := bytes.TrimRight(text[:from], " \t"); len(before) > 0 && before[len(before)-1] == ',' {
		return len(before) - 1, to
	}
	return from, to
}

// insert puts a field into the struct where the item, or as much of the way to it, is written. Where there is
// no such struct, a file is begun.
func (e *editor) insert(w Wish, scope []string) (schema.Position, string) {
	full := w.pathIn(scope)
	least := itemDepth(scope) // a field goes where its item is
	if w.anywhere() {
		least = len(scope) // or as near to others as it can
	}
	for n := len(full) - 1; n >= least; n-- {
		spots := e.spots(full[:n])
		if len(spots) == 0 {
			continue
		}
		spot := spots[len(spots)-1]
		objects := structsOf(spot.field.Value)
		if len(objects) == 0 {
			return spot.position(), "its value is an expression"
		}
		return spot.position(), e.into(spot.file, objects[len(objects)-1], full[n:], w.Value)
	}
	return schema.Position{}, e.begin(w, scope)
}

// into puts a field into a struct, as its last.
func (e *editor) into(file string, object *ast.StructLit, labels []string, value any) string {
	text := e.texts[file]
	from, to := offsets(object)
	written, refused := fieldText(labels, value)
	if refused != "" {
		return refused
	}
	first := bytes.LastIndexByte(text[:from], '\n') + 1
	outer := string(text[first : len(text)-len(bytes.TrimLeft(text[first:], " \t"))])
	inner := "\n" + outer + "\t"
	written = indentedBy(written, outer+"\t")
	last := bytes.LastIndexByte(text[:to-1], '\n') + 1
	several := bytes.IndexByte(text[from:to], '\n') >= 0 || strings.Contains(written, "\n")
	switch braces := object.Lbrace != token.NoPos; {
	case !braces && several:
		e.change(file, from, to, "{"+inner+string(text[from:to])+inner+written+"\n"+outer+"}")
	case !braces:
		e.change(file, from, to, "{"+string(text[from:to])+", "+written+"}")
	case last > from && len(bytes.TrimSpace(text[last:to-1])) == 0: // the brace stands alone
		e.change(file, last, last, string(text[last:to-1])+"\t"+written+"\n")
	case len(object.Elts) == 0:
		e.change(file, to-1, to-1, written)
	default:
		_, end := offsets(object.Elts[len(object.Elts)-1])
		e.change(file, end, end, ", "+written)
	}
	return ""
}

// fieldText is a field, or a field in a field, as `cue fmt` writes it.
func fieldText(labels []string, value any) (text, refused string) {
	expr, err := literalOf(value)
	if err != nil {
		return "", err.Error()
	}
	for _, label := range slices.Backward(labels) {
		expr = &ast.StructLit{Elts: []ast.Decl{&ast.Field{Label: ast.NewString(label), Value: expr}}}
	}
	data, err := format.Node(&ast.File{Decls: expr.(*ast.StructLit).Elts}, format.Simplify())
	if err != nil {
		return "", err.Error()
	}
	return strings.TrimSpace(string(data)), ""
}

// begin writes a file that holds a new item.
func (e *editor) begin(w Wish, scope []string) string {
	base := w.Kind + ".cue"
	if len(scope) > 1 {
		base = strings.TrimSuffix(scope[1], "s") + "-" + scope[2] + ".cue"
	}
	name := path.Join(e.dir, base)
	value := w.Value
	for _, step := range slices.Backward(w.Path) {
		value = map[string]any{step: value}
	}
	body, _ := value.(map[string]any)
	text, err := Write(e.result.Package, []Section{{Path: slices.Concat(scope, []string{"items"}), Items: schema.Items{w.Kind: {w.ID: body}}}})
	if err != nil {
		return err.Error()
	}
	if there, ok := e.texts[name]; ok {
		_, field, _ := bytes.Cut(text, []byte("\n"))
		e.change(name, len(there), len(there), string(field))
		return ""
	}
	e.texts[name], e.result.Files[name] = text, text
	e.parse(name)
	return ""
}

// text is a value as CUE, its lines indented as the line is that it begins on.
func (e *editor) text(value any, file []byte, at int) (text, refused string) {
	expr, err := literalOf(value)
	if err != nil {
		return "", err.Error()
	}
	data, err := format.Node(expr, format.Simplify())
	if err != nil {
		return "", err.Error()
	}
	line := file[bytes.LastIndexByte(file[:at], '\n')+1:]
	indent := string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
	return indentedBy(strings.TrimSpace(string(data)), indent), ""
}

// indentedBy is text with its lines indented, but for the first, and for empty ones: in a text of several lines
// one with a part of the indentation is an error.
func indentedBy(text, indent string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		if i > 0 && lines[i] != "" {
			lines[i] = indent + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}

// says tells whether a literal is a value already.
func says(literal ast.Expr, value any) bool {
	data, err := format.Node(literal)
	if err != nil {
		return false
	}
	var read anything
	return decodePart(compiled(data), &read) == nil && agrees(read.value, value) && agrees(value, read.value)
}

func offsets(n ast.Node) (from, to int) { return n.Pos().Offset(), n.End().Offset() }
