package reconciler_test

import (
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestReadmeShowsRealOutput compares the plan in the README with what a script compares with the program.
func TestReadmeShowsRealOutput(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := txtar.ParseFile("testscript/plan_drift.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range script.Files {
		if file.Name == "drift" && !strings.Contains(string(readme), "```\n"+string(file.Data)+"```") {
			t.Errorf("the plan in README.md is not the one in testscript/plan_drift.txtar:\n%s", file.Data)
		}
	}
}
