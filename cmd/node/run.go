package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/node/half"
	"github.com/gitops-reconciler/reconciler/providers/node"
)

const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

// bootStop is how long what a server runs from before may take to stop gently when its sidecar starts.
const bootStop = 10 * time.Second

// process is what main has from the operating system.
type process struct {
	getenv         func(string) string
	environ        []string // for commands
	clock          func() time.Time
	after          func(time.Duration) <-chan time.Time
	version        string
	stdout, stderr io.Writer
}

// run serves until the context ends, and returns the exit code.
func (p process) run(ctx context.Context, args []string) int {
	c, err := parse(args, p.getenv)
	if errors.Is(err, flag.ErrHelp) {
		err = help(p.stdout)
		return p.exit(exitError, err)
	}
	if err != nil {
		return p.exit(exitUsage, fmt.Errorf("%w\nnode --help shows the flags", err))
	}
	c.node.Version, c.node.Clock = p.version, p.clock
	c.node.Logger = slog.New(slog.NewTextHandler(p.stderr, nil))
	return p.exit(exitError, p.serve(ctx, c))
}

// exit is code if there is an error, which it says.
func (p process) exit(code int, err error) int {
	if err == nil {
		return exitOK
	}
	_, _ = fmt.Fprintln(p.stderr, "node:", err)
	return code
}

func (p process) serve(ctx context.Context, c config) (err error) {
	secure, err := c.secure()
	if err != nil {
		return err
	}
	systemd, err := dialSupervisor(ctx, p.getenv)
	if err != nil {
		return err
	}
	defer systemd.close()
	does := &hands{clock: p.clock, commands: c.commands, environ: childEnviron(p.environ), output: p.stderr}
	leases := half.New(c.dir, does, half.Options{Places: c.gated, BootStop: bootStop, Heartbeat: systemd.alive, Logger: c.node.Logger})
	c.node.Leases = leases
	if does.node, err = node.Open(c.dir, c.node); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, does.node.Close()) }()
	beats, closes, err := c.beats.sender(does.node, c.node.Logger)
	if err != nil {
		return err
	}
	defer closes()
	if err := leases.Boot(); err != nil {
		return err
	}
	defer leases.Close()
	// Whatever ends it, it does not go away from what it holds.
	defer func() { err = errors.Join(err, leases.Leave(context.WithoutCancel(ctx))) }()
	listener, err := listen(ctx, c.listen)
	if err != nil {
		return err
	}
	p.warn(c, secure, listener.Addr())
	scheme := "http"
	if secure != nil {
		scheme, listener = "https", tls.NewListener(listener, secure)
	}
	_, _ = fmt.Fprintf(p.stdout, "listening on %s://%s\n", scheme, listener.Addr())
	return p.work(ctx, c, running{does.node, leases, systemd, beats, listener})
}

func (c *config) handler(n *node.Node) http.Handler {
	if c.bad == "" {
		return n
	}
	return node.Misbehave(n, func(*http.Request) node.Fault { return c.bad })
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%w: end the program that has the port, or give another with --listen", err)
	}
	return listener, err
}

// warn says what is allowed, and seldom meant.
func (p process) warn(c config, secure *tls.Config, address net.Addr) {
	if text := invalid(secure, p.clock()); text != "" {
		c.node.Logger.Warn(text)
	}
	if c.bad != "" {
		c.node.Logger.Warn("this node misbehaves on purpose", "bad", c.bad.String())
	}
	if c.beats.token != "" && strings.HasPrefix(c.beats.to, "http://") {
		c.node.Logger.Warn("heartbeats by plain HTTP: whoever listens on the way has their token", "to", c.beats.to)
	}
	if isLoopback(address) {
		return
	}
	if c.node.Token == "" && c.clientCA == "" {
		c.node.Logger.Warn("no token: whoever reaches the address can change the items", "address", address.String())
	}
	if c.node.Token != "" && secure == nil {
		c.node.Logger.Warn("plain HTTP: whoever listens on the way has the token", "address", address.String())
	}
}

func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
