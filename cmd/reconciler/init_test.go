package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema/load"
)

// TestInitIsValid starts a repository for every product and layout: what init wrote must be valid as it
// stands, and short enough to be read at once.
func TestInitIsValid(t *testing.T) {
	for _, provider := range load.Providers() {
		for layout, folder := range map[string]string{"one": ".", "many": "clusters/mft"} {
			t.Run(provider+" "+layout, func(t *testing.T) {
				t.Parallel()
				dir := filepath.Join(t.TempDir(), "new")
				command(t, "init", dir, "--provider", provider, "--layout", layout, "--name", "mft", "--ci", "both")
				cluster := filepath.Join(dir, folder)
				if out := command(t, "validate", "-C", cluster); !strings.HasPrefix(out, "mft: valid: 2 peers of "+provider) {
					t.Errorf("validate says: %s", out)
				}
				command(t, "schema", "check", "-C", cluster)
				text, err := os.ReadFile(filepath.Join(cluster, "cluster.cue"))
				if err != nil {
					t.Fatal(err)
				}
				if n := linesOfCUE(string(text)); n >= 15 {
					t.Errorf("cluster.cue has %d lines", n)
				}
			})
		}
	}
}

func command(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "reconciler", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("reconciler %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// linesOfCUE counts lines that are neither empty nor comments.
func linesOfCUE(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			n++
		}
	}
	return n
}

func TestWriteSaysHowFarItCame(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "b"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	edits := []load.Edit{
		{Name: "a", Data: []byte("a"), New: true},
		{Name: "b", Data: []byte("b"), New: true}, // somebody was faster
		{Name: "c", Data: []byte("c"), New: true},
	}
	done, err := write(dir, edits)
	if err == nil || len(done) != 1 || done[0].Name != "a" {
		t.Errorf("got %v, %v; want a, and an error about b", done, err)
	}
	if data, _ := os.ReadFile(filepath.Join(dir, "b")); string(data) != "mine" {
		t.Errorf("b was overwritten with %q", data)
	}
}

func TestInstallable(t *testing.T) {
	for version, want := range map[string]string{
		"v0.3.1":                             "v0.3.1",
		"v0.3.1-rc.1":                        "v0.3.1-rc.1",
		"v0.0.0-20260131120000-0123456789ab": "v0.0.0-20260131120000-0123456789ab",
		"v0.0.0-20260131120000-0123456789ab+dirty": "latest",
		"(devel)": "latest",
	} {
		if got := installable(version); got != want {
			t.Errorf("%s: got %s, want %s", version, got, want)
		}
	}
}
