package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSavedIsSaidBelowTheBars: on a terminal nothing that is drawn later takes the sentence away.
func TestSavedIsSaidBelowTheBars(t *testing.T) {
	dir := t.TempDir()
	nodes := newNodes(dir)
	t.Cleanup(nodes.close)
	address, err := nodes.listen("1001")
	ok(t, err)
	executable, err := exec.LookPath("reconciler")
	ok(t, err)
	cluster := fmt.Sprintf(`package mft

import "github.com/gitops-reconciler/reconciler/providers/node"

cluster: node.#Cluster & {name: "mft", peers: "1001": address: "http://%s"}
`, address)
	ok(t, os.WriteFile(filepath.Join(dir, "cluster.cue"), []byte(cluster), 0o600))
	var out, said bytes.Buffer
	code := run(t.Context(), process{
		args:   []string{"plan", "-C", dir, "--out", filepath.Join(dir, "a.plan"), "--color", "never"},
		getenv: noEnv, stdout: &out, stderr: &said, clock: time.Now, executable: executable, terminal: terminal{err: true, width: 200},
	})
	text := said.String()
	if drawn, told := strings.LastIndex(text, "\x1b["), strings.Index(text, "Saved to "); code != 0 || drawn < 0 || told < drawn {
		t.Errorf("exit %d, and said %q", code, text)
	}
}
