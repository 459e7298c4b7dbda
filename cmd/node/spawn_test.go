package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// spawned is a node in a process of its own.
type spawned struct {
	url     string
	command *exec.Cmd
	line    []string // that starts it
	stderr  output
}

// output is what a process says; another goroutine may look while it speaks.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(data []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(data)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// spawn starts main itself, on a free port; prefix is a command that starts it.
func spawn(t *testing.T, prefix []string, args ...string) *spawned {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &spawned{line: append(append(prefix, self, "--listen", "127.0.0.1:0"), args...)}
	s.again(t)
	return s
}

// again starts it, for the first time or after it has ended.
func (s *spawned) again(t *testing.T) {
	t.Helper()
	s.command = exec.CommandContext(t.Context(), s.line[0], s.line[1:]...)
	// The race detector would sleep for a second before it exits.
	s.command.Env = []string{asNode + "=1", "GORACE=atexit_sleep_ms=0", "PATH=" + os.Getenv("PATH")}
	s.command.Stderr = &s.stderr
	stdout, err := s.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	said, err := bufio.NewReader(stdout).ReadString('\n')
	url, found := strings.CutPrefix(strings.TrimSpace(said), "listening on ")
	if err != nil || !found {
		t.Fatalf("stdout %q, %v, stderr %s", said, err, &s.stderr)
	}
	s.url = url
}

// kill is SIGKILL.
func (s *spawned) kill(t *testing.T) {
	t.Helper()
	if err := s.command.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = s.command.Wait() // it says that it was killed
}
