package providertest

import (
	"os"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema/load"
)

// TestTheDefinitionInTheDocumentation is one: it evaluates, as a package beside a cluster of it.
func TestTheDefinitionInTheDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/providers/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```cue\npackage acme\n")
	definition, _, ended := strings.Cut(rest, "```")
	if !found || !ended {
		t.Fatal("the page has no definition")
	}
	result := load.Load(load.Input{Dir: ".", Files: map[string][]byte{
		"acme.cue":    []byte("package acme\n" + definition),
		"cluster.cue": []byte("package acme\n\ncluster: #Cluster & {name: \"x\", items: folder: inbox: path: \"/srv\"}\n"),
	}})
	if len(result.Problems) > 0 || result.Cluster == nil {
		t.Fatalf("its problems: %v", result.Problems)
	}
	if got := result.Cluster.Items["folder"]["inbox"]; got["path"] != "/srv" {
		t.Errorf("got %v", got)
	}
}

// TestTheDocumentationNamesTheSteps in their order.
func TestTheDocumentationNamesTheSteps(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	text := string(doc)
	for _, step := range (&story{}).steps() {
		_, after, found := strings.Cut(text, "\n//\t"+step.name+" ")
		if !found {
			t.Fatalf("step %s is not in the documentation, or not in its place", step.name)
		}
		text = "\n//\t" + after
	}
}
