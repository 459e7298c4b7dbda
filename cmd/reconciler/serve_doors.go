package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/diagnostics"
	"github.com/gitops-reconciler/reconciler/reconcile/loop"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// doors are where others reach a serve: other commands of the same user through a socket, and whoever watches it
// over HTTP, where nothing can be changed and nothing is shown but numbers.
type doors struct {
	loop  *loop.Loop
	roles *roles.Keeper
	store *store.Store

	// unrecorded tells whether who holds what could not be written to its branch.
	unrecorded func() bool

	servers []*http.Server
	public  net.Listener
	wait    sync.WaitGroup
}

const socketName = "serve.sock"

// open listens. The state is held by then, so a socket that is still there is nobody's.
func (d *doors) open(ctx context.Context, socket, address string) error {
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var config net.ListenConfig
	private, err := config.Listen(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("%w: name another place by --socket (its path may have some 100 bytes)", err)
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		return errors.Join(err, private.Close())
	}
	d.serve(private, d.inside())
	if address == "" {
		return nil
	}
	d.public, err = config.Listen(ctx, "tcp", address)
	if err != nil {
		d.close()
		return fmt.Errorf("--listen: %w", err)
	}
	d.serve(d.public, d.outside())
	return nil
}

// address is where it can be watched, or "".
func (d *doors) address() string {
	if d.public == nil {
		return ""
	}
	return "http://" + d.public.Addr().String()
}

func (d *doors) serve(l net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: time.Minute, MaxHeaderBytes: 1 << 16}
	d.servers = append(d.servers, server)
	d.wait.Go(func() { _ = server.Serve(l) }) // close ends it, and that is all it ever says
}

// close takes the socket away too.
func (d *doors) close() {
	for _, server := range d.servers {
		_ = server.Close() // it only closes listeners and connections
	}
	d.wait.Wait()
}

// outside is for whoever can reach the port.
func (d *doors) outside() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", d.readyz)
	mux.HandleFunc("GET /metrics", d.metrics)
	return mux
}

// inside is for the user who runs it.
func (d *doors) inside() *http.ServeMux {
	mux := d.outside()
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, _ *http.Request) { answer(w, d.loop.Status()) })
	mux.HandleFunc("GET /v1/state", func(w http.ResponseWriter, _ *http.Request) {
		if err := d.store.Copy(w); err != nil {
			panic(http.ErrAbortHandler) // the copy breaks off, and whoever reads it sees that
		}
	})
	d.rolesInside(mux)
	return mux
}

func answer(w http.ResponseWriter, value any) {
	data, err := diagnostics.JSON(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data) // whoever asked may be gone
}

// readyz is for who sends traffic or rolls out the next version: ready is one that has reconciled once.
func (d *doors) readyz(w http.ResponseWriter, _ *http.Request) {
	if s := d.loop.Status(); !s.Ready() {
		http.Error(w, "not ready: "+unready(s), http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}

func unready(s *loop.Status) string {
	switch {
	case s.Blind != "":
		return "what is desired is not known: " + oneLine(s.Blind)
	case s.Revision == "" && s.Refused != nil:
		return s.Refused.Error()
	case s.Revision == "":
		return "no revision is in force yet"
	default:
		return "no round has ended yet"
	}
}
