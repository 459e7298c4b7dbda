//go:build sftpgo && linux

package testserver

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// parentDir names the folder of the server that a second copy of this test binary runs.
const parentDir = "TESTSERVER_PARENT_DIR"

// TestParent is no test: it is the program that TestNoOrphans kills.
func TestParent(t *testing.T) {
	dir := os.Getenv(parentDir)
	if dir == "" {
		t.Skip("only for TestNoOrphans")
	}
	s := started(t, Options{Dir: dir})
	fmt.Println("health", s.HealthURL())
	select {}
}

func TestNoOrphans(t *testing.T) {
	parent := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestParent$")
	parent.Env = append(os.Environ(), parentDir+"="+t.TempDir())
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	url := awaitURL(t, bufio.NewScanner(out))
	if !alive(t, url) {
		t.Fatal("the server does not answer while its parent lives")
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()

	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(10 * time.Second); alive(t, url); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatal("the server outlives its parent")
		}
	}
}

func awaitURL(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "health "); ok {
			return url
		}
	}
	t.Fatal("the parent ended without a server")
	return ""
}

func alive(t *testing.T, url string) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := newClient().Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return true
}
