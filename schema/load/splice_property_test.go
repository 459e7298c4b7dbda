package load

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestSpliceInAnyLayout writes an item in some layout, changes one field of it, and evaluates both: what was
// wished comes out and nothing else, all comments that do not stand beside a removed field are still there, and
// what is no literal is refused.
func TestSpliceInAnyLayout(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fields := map[string]any{"address": texts().Draw(t, "address"), "protocol": protocols().Draw(t, "protocol")}
		more := map[string]*rapid.Generator[any]{"user": texts(), "inbox": texts(), "tags": lists(), "enabled": rapid.Just[any](false)}
		for _, name := range slices.Sorted(maps.Keys(more)) {
			if rapid.Bool().Draw(t, "has "+name) {
				fields[name] = more[name].Draw(t, name)
			}
		}
		l := layout{t: t}
		if rapid.IntRange(0, 4).Draw(t, "expression") == 0 {
			l.computed = "user"
			fields["user"] = "computed"
		}
		in := Input{Dir: ".", Files: map[string][]byte{"cluster.cue": []byte(nodeCluster), "items.cue": []byte(l.file(fields))}}
		before := itemsOf(t, in)
		wish, want := wishFor(t, fields, before["host"]["x"])
		s := grant1(t, in, wish)
		if l.computed == wish.Path[0] {
			if s.Wishes[0].Refused == "" {
				t.Fatalf("an expression was changed:\n%s", s.Files["items.cue"])
			}
			return
		}
		if s.Wishes[0].Refused != "" {
			t.Fatalf("refused: %s\n%s", s.Wishes[0].Refused, in.Files["items.cue"])
		}
		text := in.Files["items.cue"]
		maps.Copy(in.Files, s.Files)
		after := itemsOf(t, in)
		before["host"]["x"] = want
		if !reflect.DeepEqual(after, before) {
			t.Fatalf("want %v, got %v\nbefore:\n%s\nafter:\n%s", before, after, text, in.Files["items.cue"])
		}
		for i := range l.comments {
			if c := fmt.Sprintf("// note %d.", i); !strings.Contains(string(in.Files["items.cue"]), c) && (!wish.Gone || l.beside[i] != wish.Path[0]) {
				t.Fatalf("%s is lost\nbefore:\n%s\nafter:\n%s", c, text, in.Files["items.cue"])
			}
		}
	})
}

// itemsOf evaluates the items, without the schema.
func itemsOf(t *rapid.T, in Input) schema.Items {
	var items schema.Items
	if err := decodePart(compiled(in.Files["items.cue"]).LookupPath(cue.ParsePath("cluster.items")), &items); err != nil {
		t.Fatalf("%v\n%s", err, in.Files["items.cue"])
	}
	return items
}

func texts() *rapid.Generator[any] {
	return rapid.Map(rapid.OneOf(rapid.StringN(0, 12, -1), rapid.SampledFrom([]string{"a\nb\n", "\\(x)", "//", "}", "{", ",", "\"\"\"\n", "a // b"})), func(s string) any { return s })
}

func protocols() *rapid.Generator[any] {
	return rapid.Map(rapid.SampledFrom([]string{"as2", "sftp", "https"}), func(s string) any { return s })
}

func lists() *rapid.Generator[any] {
	return rapid.Map(rapid.SliceOfN(texts(), 0, 3), func(l []any) any { return append([]any{}, l...) })
}

// wishFor draws a change of one field, and what the item then comes to.
func wishFor(t *rapid.T, fields map[string]any, whole schema.Body) (Wish, schema.Body) {
	values := map[string]*rapid.Generator[any]{
		"address": texts(), "protocol": protocols(), "user": texts(), "inbox": texts(), "tags": lists(),
		"enabled": rapid.Map(rapid.Bool(), func(b bool) any { return b }),
	}
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(values))).Draw(t, "change")
	w := Wish{Key: schema.Key{Kind: "host", ID: "x"}, Scopes: [][]string{{"cluster", "peers", "1"}, {"cluster"}}, Path: []string{name}}
	want := maps.Clone(whole)
	_, there := fields[name]
	if required := name == "address" || name == "protocol" || name == "enabled"; there && !required && rapid.Bool().Draw(t, "gone") {
		w.Gone = true
		delete(want, name)
		return w, want
	}
	w.Value = values[name].Draw(t, "value")
	want[name] = w.Value
	return w, want
}

func grant1(t *rapid.T, in Input, w Wish) Splice {
	data, err := json.Marshal([]Wish{w})
	if err != nil {
		t.Fatal(err)
	}
	in.Splice = data
	result := Load(in)
	if result.Splice == nil {
		t.Fatal(result.Problems)
	}
	return *result.Splice
}

// layout writes fields in ways that people do.
type layout struct {
	t        *rapid.T
	computed string // the field that is an expression
	comments int
	beside   []string // the field that each comment stands beside
}

func (l *layout) file(fields map[string]any) string {
	var texts []string
	for _, name := range rapid.Permutation(slices.Sorted(maps.Keys(fields))).Draw(l.t, "order") {
		texts = append(texts, l.field(name, fields[name]))
	}
	body := ""
	switch rapid.IntRange(0, 5).Draw(l.t, "layout") {
	case 0:
		body = "cluster: items: host: x: {" + strings.Join(texts, ", ") + "}\n"
	case 1:
		body = "cluster: items: host: x: {" + l.note("") + "\n" + l.lines(texts, "\t") + "}\n"
	case 2:
		for _, text := range texts {
			body += l.above() + "cluster: items: host: x: " + text + l.note(text) + "\n"
		}
	case 3:
		body = "cluster: {\n  items: {\n   host: {\n" + l.above() + "    \"x\": {\n" + l.lines(texts, "     ") + l.above() + "    }\n   }\n  }\n}\n"
	case 4:
		body = "cluster: items: host: x: {" + texts[0] + "} & {" + strings.Join(texts[1:], ", ") + "}" + l.note("") + "\n"
	default:
		body = "cluster: items: {host: {x: {\n\t" + strings.Join(texts, "\n\t") + "}}}\n"
	}
	other := "cluster: items: host: y: {address: \"y\", protocol: \"as2\"}" + l.note("") + "\n"
	if rapid.Bool().Draw(l.t, "other first") {
		body = other + body
	} else {
		body += other
	}
	return "package mft\n\n_v: \"computed\"\n" + body
}

func (l *layout) field(name string, value any) string {
	if name == l.computed {
		return name + ": _v"
	}
	text, _ := fieldText([]string{name}, value)
	if rapid.Bool().Draw(l.t, "quoted") {
		text = `"` + name + `"` + strings.TrimPrefix(text, name)
	}
	return text
}

func (l *layout) lines(fields []string, indent string) string {
	var b strings.Builder
	for _, field := range fields {
		b.WriteString(l.above() + indent + field + l.note(field) + "\n")
	}
	return b.String()
}

// note is a comment behind a field, or none.
func (l *layout) note(field string) string {
	if !rapid.Bool().Draw(l.t, "note") {
		return ""
	}
	name, _, _ := strings.Cut(strings.Trim(field, `"`), ":")
	l.beside = append(l.beside, strings.Trim(name, `"`))
	l.comments++
	return fmt.Sprintf(" // note %d.", l.comments-1)
}

// above is a comment on a line of its own, or none.
func (l *layout) above() string {
	if note := l.note(""); note != "" {
		return note[1:] + "\n"
	}
	return ""
}
