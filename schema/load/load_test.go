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

const (
	sftpgoCluster = "package mft\n\nimport \"github.com/gitops-reconciler/reconciler/providers/sftpgo\"\n\ncluster: sftpgo.#Cluster & {name: \"mft\"}\n"
	nodeCluster   = "package mft\n\nimport \"github.com/gitops-reconciler/reconciler/providers/node\"\n\ncluster: node.#Cluster & {name: \"mft\"}\n"
)

// TestChangesOfAPeerApart has a peer that shares folders with its group only: its own folder takes no field
// from that of the cluster which has the same name.
func TestChangesOfAPeerApart(t *testing.T) {
	const text = `package mft
import "github.com/gitops-reconciler/reconciler/providers/node"
cluster: node.#Cluster & {
	name: "mft"
	peers: "1": address: "a"
	peers: "2": {address: "b", group: "lab", share: folders: "group", items: folder: in: path: "/own"}
	peers: "3": {address: "c", items: folder: in: path: "/own"}
	groups: lab: {}
	items: folder: in: {path: "/in", quota: 123456789012345678901234567890}
}
`
	result := Load(Input{Dir: ".", Files: map[string][]byte{"cluster.cue": []byte(text)}})
	if result.Cluster == nil {
		t.Fatal(result.Problems)
	}
	for serial, want := range map[string]string{"2": `{"path":"/own"}`, "3": `{"path":"/own","quota":123456789012345678901234567890}`} {
		if got, err := json.Marshal(result.Cluster.Desired(serial)["folder"]["in"]); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", serial, got, err, want)
		}
	}
}

// TestFieldThatLooksLikeADefinition has a label that no definition can have: looked up as one, it would end
// the evaluation.
func TestFieldThatLooksLikeADefinition(t *testing.T) {
	text := strings.Replace(nodeCluster, `name: "mft"`, `name: "mft", items: host: x: {address: "a", protocol: "as2", "#(x)": b: c: 1}`, 1)
	result := Load(Input{Dir: ".", Files: map[string][]byte{"cluster.cue": []byte(text)}})
	if len(result.Problems) != 1 || !strings.HasPrefix(result.Problems[0].Message, `there is no field "#(x)" here`) {
		t.Errorf("got %v, want one problem with the field", result.Problems)
	}
}
