package testserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	startPatience = 30 * time.Second
	stopPatience  = 10 * time.Second
	probeEvery    = 10 * time.Millisecond
	startTries    = 3
)

// Server is an SFTPGo that was started here. Stop, Kill and Restart belong to one
// goroutine; everything else may be called by many at once.
type Server struct {
	binary  Binary
	options Options
	ports   ports
	client  *http.Client
	process *process // nil: stopped or killed on purpose

	mu    sync.Mutex
	token string // of the API; "" is none yet
}

// Start starts a server and returns when it answers on all its ports. ctx bounds the
// start alone: the server runs until Stop or Kill, or until this process ends.
//
// It returns an error when the options make no sense, a given port is taken, the server
// ends (the error holds the tail of its log) or does not answer within half a minute.
func (b Binary) Start(ctx context.Context, options Options) (*Server, error) {
	options, err := options.complete()
	if err != nil {
		return nil, fmt.Errorf("start sftpgo: %w", err)
	}
	for range startTries {
		var s *Server
		s, err = b.start(ctx, options)
		if err == nil {
			return s, nil
		}
		if !errors.Is(err, errPortTaken) {
			break
		}
	}
	return nil, fmt.Errorf("start sftpgo: %w", err)
}

func (b Binary) start(ctx context.Context, options Options) (*Server, error) {
	p, err := choosePorts(ctx, options)
	if err != nil {
		return nil, err
	}
	s := &Server{binary: b, options: options, ports: p, client: newClient()}
	return s, s.launch(ctx)
}

// URL is where the server answers, without the API's /api/v2.
func (s *Server) URL() string { return "http://" + loopback(s.ports.http) }

// SFTPAddr is the host and port of the SFTP service.
func (s *Server) SFTPAddr() string { return loopback(s.ports.sftp) }

// HealthURL answers 200 as long as the server lives. It is on the telemetry port, which
// knows no rate limit and no login.
func (s *Server) HealthURL() string { return "http://" + loopback(s.ports.telemetry) + "/healthz" }

// Stop asks the server to end and waits for it. It returns an error when the server had
// ended by itself or had to be killed after ten seconds; a server that was stopped or
// killed before is no error.
func (s *Server) Stop() error {
	if s.process == nil {
		return nil
	}
	err := s.process.stop(stopPatience)
	s.process = nil
	if err != nil {
		return fmt.Errorf("stop sftpgo: %w", withTail(err, s.log()))
	}
	return nil
}

// Kill ends the server as a crash of its machine would, and waits for it.
func (s *Server) Kill() {
	if s.process != nil {
		s.process.kill()
		s.process = nil
	}
}

// Restart stops the server if it runs and starts it on the same ports and data; after
// Stop or Kill it starts it again. It returns the errors of Stop and Start.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Stop(); err != nil {
		return err
	}
	if err := s.launch(ctx); err != nil {
		return fmt.Errorf("restart sftpgo: %w", err)
	}
	return nil
}
