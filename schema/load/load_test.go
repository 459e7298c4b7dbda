package load

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gitops-reconciler/reconciler/schema"
)

var update = flag.Bool("update", false, "rewrite the results in testdata/*.txtar")

// TestLoad evaluates each testdata/*.txtar: CUE files, and a file `result` with what must come out. That
// is the problems, one a line, or else what each peer shall hold. A first line `dir NAME` names the
// cluster's folder.
func TestLoad(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			last := &archive.Files[len(archive.Files)-1]
			if last.Name != "result" {
				t.Fatalf("want the last file to be result, got %s", last.Name)
			}
			got := say(Load(inputOf(archive)))
			if *update && got != string(last.Data) {
				last.Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(last.Data); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func inputOf(archive *txtar.Archive) Input {
	in := Input{Files: map[string][]byte{}, Dir: "."}
	first, _, _ := strings.Cut(string(archive.Comment), "\n")
	if dir, ok := strings.CutPrefix(first, "dir "); ok {
		in.Dir = dir
	}
	for _, file := range archive.Files {
		if file.Name != "result" {
			in.Files[file.Name] = file.Data
		}
	}
	return in
}

// say writes a result down: what is wrong, or what each peer shall hold.
func say(r Result) string {
	var b strings.Builder
	for _, problem := range r.Problems {
		fmt.Fprintln(&b, problem)
	}
	if r.Cluster == nil {
		return b.String()
	}
	for _, serial := range r.Cluster.Serials() {
		desired := r.Cluster.Desired(serial)
		for _, kind := range slices.Sorted(maps.Keys(desired)) {
			for _, id := range slices.Sorted(maps.Keys(desired[kind])) {
				fmt.Fprintf(&b, "%s %s %s\n", serial, schema.Key{Kind: kind, ID: id}, compact(desired[kind][id]))
			}
		}
	}
	return b.String()
}

func compact(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
