package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gitops-reconciler/reconciler/providers/node"
)

const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

// Time limits of the server. A body is at most 1 MiB and an answer about 8.
const (
	headerTimeout   = 10 * time.Second
	requestTimeout  = time.Minute
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 10 * time.Second
	maxHeaderBytes  = 64 << 10
)

// process is what main has from the operating system.
type process struct {
	getenv         func(string) string
	clock          func() time.Time
	version        string
	stdout, stderr io.Writer
}

// run serves until the context ends, and returns the exit code.
func (p process) run(ctx context.Context, args []string) int {
	c, err := parse(args, p.getenv, p.stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		return exitUsage
	}
	c.node.Version, c.node.Clock = p.version, p.clock
	c.node.Logger = slog.New(slog.NewTextHandler(p.stderr, nil))
	if err := p.serve(ctx, c); err != nil {
		_, _ = fmt.Fprintln(p.stderr, "node:", err)
		return exitError
	}
	return exitOK
}

func (p process) serve(ctx context.Context, c config) (err error) {
	n, err := node.Open(c.dir, c.node)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.listen)
	if err != nil {
		return err
	}
	address := listener.Addr().String()
	if c.node.Token == "" && !isLoopback(listener.Addr()) {
		c.node.Logger.Warn("no token: whoever reaches the address can change the items", "address", address)
	}
	_, _ = fmt.Fprintf(p.stdout, "listening on http://%s\n", address)
	return serveUntil(ctx, newServer(n, c.node.Logger), listener)
}

func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

func newServer(h http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      requestTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}

// serveUntil serves until the context ends or the listener fails. It returns
// when no request is under way any more, so that the node can be closed.
func serveUntil(ctx context.Context, s *http.Server, l net.Listener) error {
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := s.Shutdown(deadline); err != nil {
		return errors.Join(fmt.Errorf("requests cut off after %s: %w", shutdownTimeout, err), s.Close())
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
