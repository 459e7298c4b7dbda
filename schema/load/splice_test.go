package load

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestSplice changes the files of each testdata/splice/*.txtar as its file `wishes` says, a line each. What
// becomes of them is in `said`, and the files that change are below `after`.
func TestSplice(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/splice/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			in, lines := Input{Dir: ".", Files: map[string][]byte{}}, ""
			var kept []txtar.File
			for _, file := range archive.Files {
				switch {
				case file.Name == "wishes":
					lines = string(file.Data)
				case file.Name == "said" || strings.HasPrefix(file.Name, "after/"):
					continue
				default:
					in.Files[file.Name] = file.Data
				}
				kept = append(kept, file)
			}
			spliced := splice(t, in, wishesIn(t, lines))
			archive.Files = append(kept, txtar.File{Name: "said", Data: []byte(saidOf(spliced))})
			for _, changed := range slices.Sorted(maps.Keys(spliced.Files)) {
				archive.Files = append(archive.Files, txtar.File{Name: "after/" + changed, Data: spliced.Files[changed]})
			}
			got := txtar.Format(archive)
			if *update {
				if err := os.WriteFile(name, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// wishesIn reads lines such as: 1001 host/globex /address "x". Instead of a value there may be GONE; a path of
// / is the whole item. A leading ! leaves only the peer's own scope.
func wishesIn(t *testing.T, lines string) []Wish {
	var wishes []Wish
	for line := range strings.Lines(lines) {
		words := strings.SplitN(strings.TrimSpace(line), " ", 4)
		kind, id, _ := strings.Cut(words[1], "/")
		w := Wish{Scopes: [][]string{{"cluster", "peers", strings.TrimPrefix(words[0], "!")}, {"cluster"}}}
		if w.Kind, w.ID = kind, id; words[0][0] == '!' {
			w.Scopes = w.Scopes[:1]
		}
		if words[2] != "/" {
			w.Path = strings.Split(words[2][1:], "/")
		}
		if w.Gone = words[3] == "GONE"; !w.Gone {
			if err := json.Unmarshal([]byte(words[3]), &w.Value); err != nil {
				t.Fatal(line, err)
			}
		}
		wishes = append(wishes, w)
	}
	return wishes
}

func splice(t testing.TB, in Input, wishes []Wish) Splice {
	t.Helper()
	data, err := json.Marshal(wishes)
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

func saidOf(s Splice) string {
	var b strings.Builder
	for _, w := range s.Wishes {
		fmt.Fprintln(&b, strings.TrimSpace(strings.Join([]string{strings.Join(w.Scope, "."), w.At.String(), w.Refused}, " ")))
	}
	return b.String()
}
