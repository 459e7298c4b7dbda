package testserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// errPortTaken lets Start choose other ports.
var errPortTaken = errors.New("taken")

// launch leaves no process behind when it returns an error.
func (s *Server) launch(ctx context.Context) error {
	if err := s.ports.free(ctx); err != nil {
		return err
	}
	if err := s.spawn(ctx); err != nil {
		return err
	}
	err := s.awaitReady(ctx)
	if err == nil {
		return nil
	}
	s.Kill()
	log := s.log()
	if strings.Contains(lastLines(log, 20), "address already in use") {
		err = fmt.Errorf("a port was %w: %w", errPortTaken, err)
	}
	return withTail(err, log)
}

func (s *Server) spawn(ctx context.Context) error {
	if err := os.MkdirAll(s.options.Dir, 0o750); err != nil {
		return err
	}
	log, err := os.OpenFile(s.logPath(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	// The server has its own copy.
	defer func() { _ = log.Close() }()

	cmd := exec.CommandContext(context.WithoutCancel(ctx), s.binary.Path, s.options.arguments()...)
	cmd.Dir = s.options.Dir
	cmd.Env = s.options.environment(s.binary.Source, s.ports)
	cmd.Stdout, cmd.Stderr = log, log
	s.process, err = startProcess(cmd)
	return err
}

func (s *Server) logPath() string { return filepath.Join(s.options.Dir, "sftpgo.log") }

// log is what the server said since its folder is in use. That it cannot be read is part
// of the story that the caller tells.
func (s *Server) log() []byte {
	log, err := os.ReadFile(s.logPath())
	if err != nil {
		return []byte(err.Error())
	}
	return log
}
