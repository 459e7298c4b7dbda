package testserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// awaitReady returns when every port answers, or with the reason why that will not be.
func (s *Server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	ticker := time.NewTicker(probeEvery)
	defer ticker.Stop()
	for {
		problem := s.probe(ctx)
		if problem == nil {
			return nil
		}
		select {
		case <-s.process.done:
			return s.process.exit()
		case <-ctx.Done():
			return fmt.Errorf("wait for it: %w: %w", ctx.Err(), problem)
		case <-ticker.C:
		}
	}
}

// probe asks every service, since the server starts them independently of each other.
func (s *Server) probe(ctx context.Context) error {
	return errors.Join(
		s.probeHTTP(ctx, s.URL()+"/healthz"),
		s.probeHTTP(ctx, s.HealthURL()),
		probeTCP(ctx, s.SFTPAddr()),
	)
}

func (s *Server) probeHTTP(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return nil
}

func probeTCP(ctx context.Context, addr string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}
