package load

import (
	"strings"
	"testing"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/parser"

	"github.com/gitops-reconciler/reconciler/schema"
)

// mark stands in a test's text before the place that shall be found.
const mark = "@@"

func TestLocate(t *testing.T) {
	for _, c := range []struct{ name, path, text string }{
		{"a value", "a.b.c", `a: b: c: @@7`},
		{"as far as there is", "a.b.x.y", `a: @@b: c: 7`},
		{"nothing of it", "x.y", "@@package p\na: 7"},
		{"the whole", "", "@@package p\na: 7"},
		{"later, deeper", "a.b.c", "a: {}\na: b: 7\na: b: c: @@8"},
		{"the first of equals", "a.b", "a: b: @@7\na: b: 7"},
		{"both sides of &", "a.b", `a: #A & {c: 7} & {b: @@7}`},
		{"alternatives", "a.b", `a: {c: 1} | {b: @@1}`},
		{"in parentheses", "a.b", `a: ({b: @@1})`},
		{"embedded", "a.b", "a: {\n{b: @@1}\n}"},
		{"embedded, unified", "a.b", "a: {\n#A & {b: @@1}\n}"},
		{"under a condition", "a.b", `a: {if x {b: @@1}}`},
		{"in a loop", "a.b", `a: {for x in y {b: @@1}}`},
		{"quoted", "a.b c.d", `a: "b c": d: @@1`},
		{"quoted by #", `a.b"c.d`, `a: #"b"c"#: d: @@1`},
		{"escaped", "a.b\u00e9/.d", `a: "b\u00e9\/": d: @@1`},
		{"optional", "a.b", `a: b?: @@1`},
		{"required", "a.b", `a: b!: @@1`},
		{"a definition", "a.#b.c", `a: #b: c: @@1`},
		{"an alias of a label", "a.b", `a: X=b: @@1`},
		{"an alias of a value", "a.b", `a: X={b: @@1}`},
		{"any label", "a.b.c", `a: [_]: c: @@1`},
		{"any string", "a.b.c", `a: [string]: c: @@1`},
		{"any label, named", "a.b.c", `a: [X=_]: c: @@1`},
		{"rather written out", "a.b.c", "a: [_]: c: 1\na: b: c: @@1"},
		{"rather written out, above", "a.b.c", "a: b: c: @@1\na: [_]: c: 1"},
		{"a pattern, if it is deeper", "a.b.c", "a: b: d: 1\na: [_]: c: @@1"},
		{"a matching pattern", "a.b2.c", "a: [=~\"^b\"]: c: @@1\na: b2: d: 1"},
		{"no matching pattern", "a.b2.c", "a: [=~\"^c\"]: c: 1\na: @@b2: d: 1"},
		{"no pattern that excludes it", "a.b2.c", "a: [!~\"^b\"]: c: 1\na: @@b2: d: 1"},
		{"a literal pattern", "a.b.c", `a: ["b"]: c: @@1`},
		{"no literal pattern", "a.b.c", "a: [\"x\"]: c: 1\na: @@b: d: 1"},
		{"a computed pattern", "a.b.c", `a: [#X]: c: @@1`},
		{"rather no computed pattern", "a.b.c", "a: [#X]: c: 1\na: @@b: d: 1"},
		{"a broken pattern", "a.b.c", `a: [=~"("]: c: @@1`},
		{"a computed label", "a.b.c", `a: "\(x)": c: @@1`},
		{"a label in parentheses", "a.b.c", `a: (x): c: @@1`},
		{"rather no computed label", "a.b.c", "a: \"\\(x)\": c: 1\na: @@b: d: 1"},
		{"rather more than a computed label", "a.b.c", "a: {}\na: \"\\(x)\": c: @@1"},
		{"an element", "a.1.b", `a: [{b: 1}, {b: @@2}]`},
		{"an element itself", "a.1", `a: [1, @@2]`},
		{"no such element", "a.2.b", `@@a: [{b: 1}, {b: 2}]`},
		{"an element of a computed list", "a.0", `a: [@@for x in y {x}]`},
		{"not a number of an element", "a.x", `@@a: [1]`},
		{"a number that is no element", "a.-1", `@@a: [1]`},
		{"a reference", "a.b.c", `a: @@b: x.y`},
		{"a comment", "a.b", "// a: b: 1\na: b: @@1 // x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var path []string
			if c.path != "" {
				path = strings.Split(c.path, ".")
			}
			before, after, _ := strings.Cut(c.text, mark)
			line := before[strings.LastIndexByte(before, '\n')+1:]
			want := schema.Position{File: "a.cue", Line: 1 + strings.Count(before, "\n"), Column: len(line) + 1}
			if got := parsed(t, map[string]string{"a.cue": before + after}).locate(path); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestLocateInSeveralFiles(t *testing.T) {
	p := parsed(t, map[string]string{"a.cue": "a: {}", "b.cue": "a: [_]: c: 1\na: b: c: 2", "c.cue": "a: b: c: 3"})
	if got := p.locate([]string{"a", "b", "c"}).String(); got != "b.cue:2:10" {
		t.Errorf("got %s", got)
	}
	if got := newPkg(Input{Dir: "mft"}, &build.Instance{}).locate([]string{"a"}).String(); got != "mft" {
		t.Errorf("without files: got %s", got)
	}
}

func parsed(t *testing.T, texts map[string]string) pkg {
	t.Helper()
	var files []*ast.File
	for _, name := range []string{"a.cue", "b.cue", "c.cue"} {
		if text, ok := texts[name]; ok {
			file, err := parser.ParseFile(root+"/"+name, text, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	return newPkg(Input{Dir: "."}, &build.Instance{Files: files})
}

func TestUnquote(t *testing.T) {
	for label, want := range map[string]string{
		`a`: "a", `"a"`: "a", `"a\"b"`: `a"b`, `"\"a\""`: `"a"`, `#a`: "#a", `_a`: "_a", `"_rule"`: "_rule",
		`0`: "0", `""`: "", `"\u00e9\n"`: "é\n", `"`: `"`,
	} {
		if got := unquote([]string{label}); len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %q, want %q", label, got, want)
		}
	}
}

func TestUsers(t *testing.T) {
	for name, want := range map[string]bool{
		"/cluster.cue": true, "/schema/users.cue": true, "/providers/x/x.cue": true, "/cue.mod/module.cue": true,
		"/cue.mod/local-module.cue": true, "/cue.mod/pkg/x/x.cue": false, "/cue.mod/vendor/x.cue": false,
	} {
		file, err := parser.ParseFile(root+name, "a: 1")
		if err != nil {
			t.Fatal(err)
		}
		if got := (pkg{}).users(file.Decls[0].(*ast.Field).Value.Pos()); got != want {
			t.Errorf("%s: got %v", name, got)
		}
		own := want && !strings.HasPrefix(name, "/schema") && !strings.HasPrefix(name, "/providers")
		if got := (pkg{own: true}).users(file.Decls[0].(*ast.Field).Value.Pos()); got != own {
			t.Errorf("%s, in our own repository: got %v", name, got)
		}
	}
}
