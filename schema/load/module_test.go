package load

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	reconciler "github.com/gitops-reconciler/reconciler"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/rules"
)

const small = `package mft

import "github.com/gitops-reconciler/reconciler/providers/sftpgo"

cluster: sftpgo.#Cluster & {
	name: "mft"
	peers: "1001": address: "n1"
	items: folder: inbox: mapped_path: "/inbox"
}
`

// ownModuleIn is our module as someone keeps a copy of it in dir.
func ownModuleIn(dir string, more map[string]string) map[string][]byte {
	all := map[string][]byte{}
	for name, data := range module() {
		all[dir+name] = data
	}
	for name, text := range more {
		all[name] = []byte(text)
	}
	return all
}

// TestACopy: a repository may bring our module itself, where every cue finds it.
func TestACopy(t *testing.T) {
	const user = "module: \"example.com/config@v0\"\nlanguage: version: \"v0.15.0\"\n"
	elsewhere := moduleFile + ": the schema is taken from elsewhere than " + vendored + ", where editors and every cue find it; " +
		"run `reconciler schema upgrade` [schema-outdated]\n"
	needs := fmt.Sprintf("deps: %q: v: \"v0.1.0\"\n", modulePath+"@v0")
	leads := fmt.Sprintf("deps: %q: replaceWith: %q\n", modulePath+"@v0", "./"+former)
	for want, files := range map[string]map[string][]byte{
		"1001 folder/inbox {\"mapped_path\":\"/inbox\"}\n": ownModuleIn(vendored+"/", map[string]string{moduleFile: user}),
		elsewhere: ownModuleIn(vendored+"/", map[string]string{moduleFile: user + needs}),
		strings.Replace(elsewhere, moduleFile, localFile, 1): ownModuleIn(former+"/", map[string]string{moduleFile: strings.Replace(user, "15", "17", 1) + needs, localFile: leads}),
	} {
		files["cluster.cue"] = []byte(small)
		if got := say(Load(Input{Files: files, Dir: "."})); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestOldestLanguage: the examples, which use all of the vocabulary, are valid in the oldest language that
// is not refused.
func TestOldestLanguage(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("../../examples/*/*.cue")
	if err != nil || len(names) < 7 {
		t.Fatalf("examples: %v (%v)", names, err)
	}
	files := map[string][]byte{moduleFile: []byte("module: \"example.com/config@v0\"\nlanguage: version: \"v0.15.0\"\n")}
	dirs := map[string]bool{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		in := strings.TrimPrefix(filepath.ToSlash(name), "../../")
		files[in], dirs[path.Dir(in)] = data, true
	}
	for dir := range dirs {
		if problems := Load(Input{Files: files, Dir: dir}).Problems; len(problems) > 0 {
			t.Errorf("%s: %v", dir, problems)
		}
	}
	files[moduleFile] = bytes.Replace(files[moduleFile], []byte("15"), []byte("14"), 1)
	if problems := tooOld(files); len(problems) != 1 {
		t.Errorf("an older one: %v", problems)
	}
}

func TestOwnRepository(t *testing.T) {
	files := ownModuleIn("", map[string]string{"cluster.cue": string(reconciler.Example), "examples/mft/cluster.cue": small})
	result := Load(Input{Files: files, Dir: "."})
	if result.Cluster == nil || len(result.Cluster.Peers) != 5 {
		t.Errorf("the root: got %v", result.Problems)
	}
	if result := Load(Input{Files: files, Dir: "examples/mft"}); result.Cluster == nil {
		t.Errorf("an example: got %v", result.Problems)
	}
	files["examples/mft/cluster.cue"] = []byte(strings.Replace(small, `"n1"`, `"n 1"`, 1))
	want := "examples/mft/cluster.cue:7:26: cluster.peers.\"1001\".address: \"n 1\" is not an address: host, host:port or http(s)://host:port/path [schema]\n"
	if got := say(Load(Input{Files: files, Dir: "examples/mft"})); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestNothingAboveTheRoot: a folder from elsewhere must not lead to the disk.
func TestNothingAboveTheRoot(t *testing.T) {
	in := Input{Files: map[string][]byte{"cluster.cue": []byte(small)}}
	for _, in.Dir = range []string{"..", "../..", "/", "/etc", "a/../../.."} {
		if got := say(Load(in)); got != in.Dir+": no CUE files in this folder; name the cluster's folder with -C DIR [cluster-missing]\n" {
			t.Errorf("%s: got %s", in.Dir, got)
		}
	}
}

// TestRulesOfCUE: what `cue vet` says by a rule's id, this program says by the same.
func TestRulesOfCUE(t *testing.T) {
	var labels [][][]byte
	for name, data := range module() {
		if strings.HasPrefix(name, "schema/") {
			labels = append(labels, regexp.MustCompile(`(?m)^\t+"([a-z]+-[a-z-]+)": `).FindAllSubmatch(data, -1)...)
		}
	}
	if len(labels) < 20 {
		t.Fatalf("found only %q", labels)
	}
	for _, label := range labels {
		id := string(label[1])
		// What a definition of a product gets wrong is no concern of a cluster: only CUE says it.
		if !strings.HasPrefix(id, "kind-") && !slices.ContainsFunc(rules.All(), func(r rules.Rule) bool { return r.ID == id }) {
			t.Errorf("%s is no rule", id)
		}
	}
}

// TestNamesOfCUE wants the rules to take the same serials and names as CUE does.
func TestNamesOfCUE(t *testing.T) {
	names := []string{
		"a", "A", "1", "1002", "HC-2", "a-", "-a", "-", "a--b", "a.b", "a_b", "_a", "a b", "é", "a\n", "", "#a", "east-2A", "0", "aB", "9a",
	}
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(small, "}\n"))
	for i, name := range names {
		fmt.Fprintf(&b, "peers: %q: address: \"x%d\"\ngroups: %q: note: \"x\"\n", name, i, name)
	}
	p, problems := buildPackage(Input{Files: map[string][]byte{"a.cue": []byte(b.String() + "}\n")}, Dir: "."})
	if problems != nil {
		t.Fatal(problems)
	}
	cue, ours := map[string]bool{}, map[string]bool{}
	for _, problem := range p.diagnose(p.validate()) {
		cue[schema.JoinPath(problem.Path[:3])] = true
	}
	cluster, _ := p.decode()
	for _, problem := range rules.Check(cluster) {
		if problem.Rule == "name-form" {
			ours[schema.JoinPath(problem.Path)] = true
		}
	}
	if !maps.Equal(cue, ours) || len(cue) == 0 {
		t.Errorf("CUE refuses %v, the rules %v", cue, ours)
	}
}

// TestReferencesOfCUE wants the rules to take the same references to secrets as CUE does.
func TestReferencesOfCUE(t *testing.T) {
	texts := []string{
		"env:A", "env:_a1", "env:", "env:1", "env:A-B", "env:A ", "ENV:A", "file:/a", "file:a b", "file:a\tb",
		"file:", "file:x:y", "hunter2", "", ":", "env", "env:Ä", "file:ä",
	}
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(small, "}\n"))
	for i, text := range texts {
		fmt.Fprintf(&b, "peers: x%d: {address: \"x%d\", credentials: password: %q}\n", i, i, text)
	}
	refused := map[string]bool{}
	for _, problem := range Load(one(b.String() + "}\n")).Problems {
		refused[problem.Path[2]] = true
	}
	for i, text := range texts {
		if refused[fmt.Sprint("x", i)] == schema.IsReference(text) {
			t.Errorf("%q: CUE refuses it: %v", text, !schema.IsReference(text))
		}
	}
}
