package load

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"
)

// bombs are small files each of which an evaluator would be busy with for ever, or fill all memory, in a way
// of its own.
func bombs() map[string]string {
	var laughs, doubled, choices strings.Builder
	for i := range 40 {
		fmt.Fprintf(&laughs, "_a%d: {x: _a%d, y: _a%d}\n", i+1, i, i)
		fmt.Fprintf(&doubled, "_s%d: _s%d + _s%d\n", i+1, i, i)
		fmt.Fprintf(&choices, "_c: {c%d: 0, d%d: 1} | {c%d: 1, d%d: 0} | {c%d: 2}\n", i, i, i, i, i)
	}
	return map[string]string{
		"comprehensions that multiply": bomb,
		"structs of structs":           "package mft\nimport \"encoding/json\"\n_a0: {x: 1, y: 1}\n" + laughs.String() + "cluster: note: json.Marshal(_a40)\n",
		"strings of strings":           "package mft\n_s0: \"0123456789abcdef\"\n" + doubled.String() + "cluster: note: _s40\n",
		"choices of choices":           "package mft\n" + choices.String() + "cluster: _c\n",
		"lists of lists":               "package mft\nimport \"list\"\n_l: list.Range(0, 100000, 1)\ncluster: [for a in _l for b in _l {a * b}]\n",
	}
}

// TestBombs wants each of them to end soon, as one problem that says what to look for.
func TestBombs(t *testing.T) {
	for name, text := range bombs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := Limits{CPU: time.Second, Memory: ownData(t) + 1<<30, Deadline: time.Minute}
			got, err := child(t, "serve-evaluation", limits).Load(t.Context(), one(text))
			if err != nil && strings.Contains(err.Error(), "ThreadSanitizer failed to allocate") {
				return // the race detector met the limit before the program did
			}
			if err != nil || len(got.Problems) != 1 || !strings.Contains(got.Problems[0].Message, "and was stopped; look for") {
				t.Errorf("got %.500s, %v", say(got), err)
			}
		})
	}
}

// TestTricks: what a file may try in order to reach outside of it, or to be taken for something else.
func TestTricks(t *testing.T) {
	in := func(text string) Input { return one("package mft\n" + text) }
	for name, c := range map[string]struct {
		in   Input
		want string
	}{
		"an endless struct":         {in("_a: {b: _a}\ncluster: _a\n"), "structural cycle"},
		"an endless value":          {in("cluster: name: \"\\(cluster.name)x\"\n"), "cluster"},
		"a file embedded":           {one("@extern(embed)\n\npackage mft\n\ncluster: _ @embed(file=\"/etc/passwd\")\n"), "embed"},
		"a file of the folder":      {one("@extern(embed)\n\npackage mft\n\ncluster: note: _ @embed(file=cluster.cue, type=text)\n"), "no product"},
		"a tag":                     {in("cluster: name: string @tag(name)\n"), "cluster"},
		"the environment by a tag":  {in("cluster: name: string @tag(user, var=username)\n"), "cluster"},
		"a module of a registry":    {in("import \"example.com/elsewhere@v1\"\ncluster: elsewhere.#Cluster\n"), "import"},
		"a tool":                    {in("import \"tool/exec\"\ncluster: exec.Run\n"), "cluster"},
		"bytes that are no text":    {one("package mft\ncluster: name: \"\xff\xfe\"\n"), "UTF-8"},
		"another encoding":          {one("\xff\xfep\x00a\x00c\x00k\x00"), "UTF-8"},
		"a zero byte":               {one("package mft\x00\n"), "NUL"},
		"a string without an end":   {in("cluster: name: \"" + strings.Repeat("x", 1<<20) + "\n"), "string"},
		"deep parentheses":          {in("cluster: " + strings.Repeat("(", 1<<20) + "\n"), "nesting"},
		"deep lists":                {in("cluster: " + strings.Repeat("[", 1<<20) + "\n"), "nesting"},
		"a name of control letters": {in("cluster: \"\\u001b[2J\": 1\n"), "cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := child(t, "serve-evaluation", Limits{CPU: 20 * time.Second}).Load(t.Context(), c.in)
			said := say(got)
			if err != nil || got.Cluster != nil || !strings.Contains(said, c.want) || len(said) > 2000 {
				t.Errorf("got %.3000s, %v, want %s", said, err, c.want)
			}
			if strings.Contains(said, "root:") || strings.ContainsAny(said, "\x1b\x00") {
				t.Errorf("it shows what it must not: %q", said)
			}
		})
	}
}

// TestTenThousandErrors wants all of them, from files that are evaluated apart.
func TestTenThousandErrors(t *testing.T) {
	t.Parallel()
	const n, each = 10_000, 1000
	in := one("package mft\nimport \"github.com/gitops-reconciler/reconciler/providers/node\"\ncluster: node.#Cluster & {name: \"mft\"}\n")
	for first := 0; first < n; first += each {
		var b strings.Builder
		b.WriteString("package mft\n\ncluster: items: folder: {\n")
		for i := first; i < first+each; i++ {
			fmt.Fprintf(&b, "\tf%d: {path: \"/f\", qota: 1}\n", i)
		}
		b.WriteString("}\n")
		in.Files[fmt.Sprintf("folders%d.cue", first/each)] = []byte(b.String())
	}
	limits := Limits{CPU: 10 * time.Minute, Deadline: 10 * time.Minute} // the race detector takes its time
	got, err := child(t, "serve-evaluation", limits).Load(t.Context(), in)
	if err != nil || len(got.Problems) != n {
		t.Fatalf("got %d problems, %v", len(got.Problems), err)
	}
}

// TestAMillionFiles: a folder of the wrong sort is noticed before all of it was read.
func TestAMillionFiles(t *testing.T) {
	if _, err := Read(others{maxEntries + 1}, "."); err == nil || !strings.Contains(err.Error(), "is this the right folder?") {
		t.Errorf("got %v", err)
	}
}

// others is a folder of n files that are not CUE.
type others struct{ n int }

func (others) Open(string) (fs.File, error) { return nil, fs.ErrInvalid }

func (others) Stat(string) (fs.FileInfo, error) { return large{}.Stat(".") }

func (o others) ReadDir(string) ([]fs.DirEntry, error) {
	entries := make([]fs.DirEntry, o.n)
	for i := range entries {
		entries[i] = entry(fmt.Sprintf("%d.js", i))
	}
	return entries, nil
}
