package load

import (
	"fmt"
	"testing"
)

// TestHostileNames: whatever a file is called, it takes part, and problems name it.
func TestHostileNames(t *testing.T) {
	contents := map[string]string{"cluster.cue": small}
	for i, name := range []string{
		"-x.cue", "a b.cue", "a\nb.cue", "\x1b[31m.cue", "zoë.cue", "%41.cue", "$(id).cue", "a;b.cue",
		"@x.cue", "cue.cue", "con.cue",
	} {
		contents[name] = fmt.Sprintf("package mft\n\ncluster: peers: x%d: {address: \"x%d\", group: \"x\"}\n", i, i)
	}
	in, err := Read(files(contents), ".")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{"cluster.cue": true}
	for _, problem := range Load(in).Problems {
		if problem.Rule != "peer-group-exists" || named[problem.At.File] {
			t.Errorf("got %s", problem)
		}
		named[problem.At.File] = true
	}
	for name := range contents {
		if !named[name] {
			t.Errorf("%q was left out", name)
		}
	}
}

// TestNamesWithoutFiles: CUE cannot open these, and says so.
func TestNamesWithoutFiles(t *testing.T) {
	for _, name := range []string{"a:b.cue", `a\b.cue`} {
		in := one(small)
		in.Files[name] = []byte("package mft\n")
		if got, want := say(Load(in)), fmt.Sprintf(".: invalid io/fs path %q [syntax]\n", name); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
