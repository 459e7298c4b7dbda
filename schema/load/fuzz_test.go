package load

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzLoad evaluates one file of anything. It must come to a cluster or to problems that name a rule and
// say something. What takes too long or too much is the child's business.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(small))
	names, err := filepath.Glob("testdata/[op]*_*.txtar") // the oddest ones
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if filepath.Ext(file.Name) == ".cue" {
				f.Add(file.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		result := Load(one(string(data)))
		if (result.Cluster == nil) == (len(result.Problems) == 0) {
			t.Fatalf("got %s", whole(result))
		}
		for _, problem := range result.Problems {
			if problem.Rule == "" || problem.Message == "" || problem.At.File == "" {
				t.Fatalf("got %#v", problem)
			}
		}
	})
}
