package testserver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// goCommand runs the go command in a module's folder.
type goCommand struct {
	dir string
	log io.Writer
}

type goSettings struct {
	Version string `json:"GOVERSION"`
	OS      string `json:"GOOS"`
	Arch    string `json:"GOARCH"`
	Cgo     string `json:"CGO_ENABLED"`
	CC      string `json:"CC"`
}

type goModule struct{ Version, Dir string }

func (g goCommand) settings(ctx context.Context) (goSettings, error) {
	var s goSettings
	return s, g.query(ctx, &s, "env", "-json", "GOVERSION", "GOOS", "GOARCH", "CGO_ENABLED", "CC")
}

// module also fetches the module: `go list -m` leaves the folder empty when a cached
// binary outlives the module cache.
func (g goCommand) module(ctx context.Context, path string) (goModule, error) {
	var m goModule
	return m, g.query(ctx, &m, "mod", "download", "-json", path)
}

func (g goCommand) query(ctx context.Context, answer any, args ...string) error {
	out, err := g.run(ctx, args...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, answer); err != nil {
		return fmt.Errorf("go %s: read its answer: %w", args[0], err)
	}
	return nil
}

func (g goCommand) run(ctx context.Context, args ...string) ([]byte, error) {
	var out, complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = g.dir
	// A workspace of the caller's does not hold the nested module.
	cmd.Env = append(cmd.Environ(), "GOWORK=off")
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if g.log != nil {
		cmd.Stderr = io.MultiWriter(g.log, &complaint)
	}
	// The go command takes its compilers with it on an interrupt, not when it is killed.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go %s: %w", args[0], withTail(err, complaint.Bytes()))
	}
	return out.Bytes(), nil
}

// canCgo explains what is missing, since the go command would build without SQLite and
// the server would say so only when it starts.
func (s goSettings) canCgo() error {
	if s.Cgo != "1" {
		return fmt.Errorf("SQLite needs cgo, and CGO_ENABLED is %q: install a C compiler (gcc) or set CGO_ENABLED=1", s.Cgo)
	}
	// CC may carry flags, and is quoted when it holds spaces; plain names are checked.
	compiler, _, _ := strings.Cut(s.CC, " ")
	if _, err := exec.LookPath(compiler); err != nil {
		return fmt.Errorf("SQLite needs cgo, and the C compiler is missing: %w", err)
	}
	return nil
}

// withTail adds the end of a program's output to the error with which it ended.
func withTail(err error, output []byte) error {
	if tail := lastLines(output, 20); tail != "" {
		return fmt.Errorf("%w\n%s", err, tail)
	}
	return err
}

// lastLines is where a program says what went wrong. Long lines are cut: SFTPGo logs
// whole configurations.
func lastLines(text []byte, n int) string {
	const longest = 300
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	lines = lines[max(0, len(lines)-n):]
	for i, line := range lines {
		if len(line) > longest {
			lines[i] = line[:longest] + "..."
		}
	}
	return strings.Join(lines, "\n")
}
