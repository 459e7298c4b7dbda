package reconciler_test

import (
	"encoding/json"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gitops-reconciler/reconciler/"

// pure are the rooms that decide and do not act: time is an argument, and nothing is read or written.
func pure() []string {
	return []string{"schema", "schema/rules", "reconcile/plan", "reconcile/adopt", "reconcile/health"}
}

// acts are the packages that a pure room must not import, itself or by way of another of our rooms.
// What the standard library imports beneath fmt is its own affair.
func acts() []string {
	return []string{"net", "net/http", "os", "os/exec", "log", "log/slog", "io/ioutil", "syscall", "context", "math/rand", "math/rand/v2"}
}

// TestFloors holds the house to its rules: arrows only run down, and the pure rooms stay pure. The
// linter holds it too; this test needs nothing but Go.
func TestFloors(t *testing.T) {
	imports := list(t)
	for _, room := range pure() {
		for _, reached := range reach(imports, room) {
			for _, act := range acts() {
				if slices.Contains(imports[reached], act) {
					t.Errorf("%s is pure, but reaches %s, which imports %s", room, reached, act)
				}
			}
		}
	}
	for room := range imports {
		for _, reached := range imports[room] {
			below, ours := strings.CutPrefix(reached, module)
			if ours && floor(below) > floor(room) {
				t.Errorf("%s imports %s, which is above it", room, below)
			}
		}
		if cue := "cuelang.org/go"; room != "schema/load" && slices.ContainsFunc(imports[room], func(p string) bool { return strings.HasPrefix(p, cue) }) {
			t.Errorf("%s imports CUE: only schema/load evaluates it", room)
		}
	}
}

// floor is the height of a room.
func floor(room string) int {
	ground, _, _ := strings.Cut(room, "/")
	return map[string]int{"": 0, "schema": 1, "reconcile": 2, "providers": 3, "cmd": 4, "bench": 5}[ground]
}

// list returns what each of our packages imports, tests left out.
func list(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	imports := map[string][]string{}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		imports[strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, path.Clean(module)), "/")] = p.Imports
	}
	return imports
}

// reach returns a room and all rooms of ours that it comes to by imports.
func reach(imports map[string][]string, room string) []string {
	reached := []string{room}
	for i := 0; i < len(reached); i++ {
		for _, imported := range imports[reached[i]] {
			below, ours := strings.CutPrefix(imported, module)
			if ours && !slices.Contains(reached, below) {
				reached = append(reached, below)
			}
		}
	}
	return reached
}
