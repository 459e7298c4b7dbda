//go:build sftpgo

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/roles"
)

// served is a serve, as a process of its own, and all that it said.
type served struct {
	t   *testing.T
	dir string
	cmd *exec.Cmd

	mu   sync.Mutex
	more *sync.Cond
	said bytes.Buffer
}

func newServed(t *testing.T, dir string) *served {
	s := &served{t: t, dir: dir}
	s.more = sync.NewCond(&s.mu)
	s.cmd = s.command("serve", "--poll", "1s", "--interval", "1h")
	s.cmd.Stdout, s.cmd.Stderr = s, s
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.kill()
		if bytes.Contains(s.said.Bytes(), []byte("DATA RACE")) {
			t.Error("serve raced") // one that is killed does not tell by its code
		}
		if t.Failed() {
			t.Logf("serve said:\n%s", s.said.String())
		}
	})
	return s
}

func (s *served) command(args ...string) *exec.Cmd {
	path, err := exec.LookPath("reconciler")
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), path, args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "SFTPGO_PASSWORD=admin-password", "GORACE=atexit_sleep_ms=0", "HOME="+s.dir)
	return cmd
}

func (s *served) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.more.Broadcast()
	return s.said.Write(p)
}

// now is where it will say what it has not said yet.
func (s *served) now() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.Len()
}

// says waits until it has said what matches, after all that it had said before from, and returns the groups.
func (s *served) says(from int, pattern string) []string {
	s.t.Helper()
	wanted := regexp.MustCompile(pattern)
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	defer context.AfterFunc(ctx, s.more.Broadcast)()
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if found := wanted.FindSubmatch(s.said.Bytes()[from:]); found != nil {
			var groups []string
			for _, group := range found {
				groups = append(groups, string(group))
			}
			return groups
		}
		if ctx.Err() != nil {
			s.t.Fatalf("it never said %s", pattern)
		}
		s.more.Wait()
	}
}

// reconciler runs a command beside it.
func (s *served) reconciler(args ...string) []byte {
	s.t.Helper()
	out, err := s.command(args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", args, err, out)
	}
	return out
}

// holder is who has the role.
func (s *served) holder() string {
	s.t.Helper()
	var status roles.Status
	if err := json.Unmarshal(s.reconciler("roles", "-o", "json"), &status); err != nil {
		s.t.Fatal(err)
	}
	return status.Roles[0].Places[0].Holder
}

// kill kills it, if it runs.
func (s *served) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// stop stops it as an operator does.
func (s *served) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("serve ended: %v", err)
	}
}
