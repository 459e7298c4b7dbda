package fleet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Process is a program that runs, and appends what it says to a file.
type Process struct {
	Log string // that file
	cmd *exec.Cmd
}

// start has all that the program says in the file, unless somebody else reads its stdout.
func start(cmd *exec.Cmd, log string, env []string) (*Process, error) {
	file, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd.Env, cmd.Stderr = env, file
	if cmd.Stdout == nil {
		cmd.Stdout = file
	}
	return &Process{log, cmd}, errors.Join(cmd.Start(), file.Close())
}

// startNode starts a node, and returns where it listens.
func startNode(ctx context.Context, log string, args []string) (*Process, string, error) {
	said, stdout, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = said.Close() }() // it was only read
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdout = stdout
	p, err := start(cmd, log, []string{"PATH=" + os.Getenv("PATH"), noWait})
	if err = errors.Join(err, stdout.Close()); err != nil {
		return nil, "", err
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	url, found := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !found {
		p.Kill()
		return nil, "", errors.Join(fmt.Errorf("it says %q, and not where it listens; see %s", line, log), err)
	}
	return p, url, nil
}

// Kill is SIGKILL, also of one that has ended or stands still.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	_ = p.cmd.Wait()         // it says that it was killed
}

// Wait waits for its end, and returns its exit code.
func (p *Process) Wait() (int, error) {
	err := p.cmd.Wait()
	if _, exited := errors.AsType[*exec.ExitError](err); exited {
		err = nil
	}
	return p.cmd.ProcessState.ExitCode(), err
}

// Signal sends it a signal.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }
