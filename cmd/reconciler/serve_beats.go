package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/probe"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/schema"
)

// beats is where peers report by themselves, as health.listen of the cluster in force says.
type beats struct {
	app    *app
	keeper *roles.Keeper
	secure *tls.Config // nil: plain HTTP

	peers  atomic.Pointer[map[string]schema.Peer]
	mu     sync.Mutex
	at     string // [host]:port; "": nowhere
	bound  string // where that is indeed, if the port was left open
	cancel context.CancelFunc
	wait   sync.WaitGroup
}

// keep follows a cluster that came into force.
func (b *beats) keep(ctx context.Context, c *schema.Cluster) {
	b.peers.Store(&c.Peers)
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.Health.Listen == b.at {
		return
	}
	b.stop()
	if c.Health.Listen == "" {
		return
	}
	if err := b.listen(ctx, c.Health.Listen); err != nil {
		b.app.ui.note("alarm: heartbeats are not heard at health.listen %s: %s", printable(c.Health.Listen), oneLine(err.Error()))
		return
	}
	b.at = c.Health.Listen
}

func (b *beats) listen(ctx context.Context, at string) error {
	token, _ := b.app.getenv("RECONCILER_HEARTBEAT_TOKEN")
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", at)
	if err != nil {
		return err
	}
	if b.bound = listener.Addr().String(); b.secure != nil {
		listener = tls.NewListener(listener, b.secure)
	}
	ctx, b.cancel = context.WithCancel(ctx)
	l := probe.Listener{Knows: b.knows, Deliver: b.keeper.Hear, Token: token}
	b.wait.Go(func() {
		log := slog.New(slog.NewTextHandler(b.app.ui.err, nil))
		if err := l.Serve(ctx, listener, time.Second, log); err != nil {
			b.app.ui.note("alarm: heartbeats are heard no longer: %s", oneLine(err.Error()))
		}
	})
	return nil
}

// secure is how heartbeats are heard over HTTPS, nil where no certificate was given. The files are read once: a renewed
// certificate needs a restart.
func (o *serving) secure() (*tls.Config, error) {
	if o.beatCert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(o.beatCert, o.beatKey)
	if err != nil {
		return nil, fmt.Errorf("--heartbeat-cert %s --heartbeat-key %s: %w", o.beatCert, o.beatKey, err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

func (b *beats) knows(serial string) bool {
	_, known := (*b.peers.Load())[serial]
	return known
}

// stop lets go of the port.
func (b *beats) stop() {
	if b.cancel != nil {
		b.cancel()
		b.wait.Wait()
	}
	b.cancel, b.at = nil, ""
}

func (b *beats) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stop()
}
