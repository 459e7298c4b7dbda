package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gitops-reconciler/reconciler/providers/node"
)

// nodes are the servers of one script: real nodes, behind a proxy that knows them by name.
type nodes struct {
	dir   string
	proxy *httptest.Server

	mu       sync.Mutex
	bySerial map[string]*scriptNode
}

type scriptNode struct {
	node     *node.Node
	gate     *gate
	fault    fault
	listener net.Listener // nil: only behind the proxy
	address  string
}

func newNodes(dir string) *nodes {
	n := &nodes{dir: dir, bySerial: map[string]*scriptNode{}}
	n.proxy = httptest.NewServer(n)
	return n
}

// ServeHTTP is the proxy: nSERIAL.test is the node with that serial.
func (n *nodes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serial := strings.TrimPrefix(strings.TrimSuffix(r.URL.Hostname(), ".test"), "n")
	if found := n.at(serial); found != nil {
		found.gate.ServeHTTP(w, r)
		return
	}
	http.Error(w, "no node "+serial, http.StatusNotFound)
}

func (n *nodes) at(serial string) *scriptNode {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.bySerial[serial]
}

func (n *nodes) start(serial string) error {
	opened, err := node.Open(filepath.Join(n.dir, ".nodes", serial), node.Options{Name: serial, Version: "1", NoSync: true})
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	found := &scriptNode{node: opened}
	found.gate = &gate{next: node.Misbehave(opened, found.fault.of)}
	n.bySerial[serial] = found
	return nil
}

// reset is a server that was installed anew under its old address.
func (n *nodes) reset(serial string) error {
	if err := n.at(serial).node.Close(); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(n.dir, ".nodes", serial)); err != nil {
		return err
	}
	return n.start(serial)
}

func (n *nodes) listen(serial string) (string, error) {
	if n.at(serial) == nil {
		if err := n.start(serial); err != nil {
			return "", err
		}
	}
	found := n.at(serial)
	address := found.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", address)
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	found.listener, found.address = listener, listener.Addr().String()
	go http.Serve(listener, found.gate) //nolint:errcheck,gosec // it ends with its listener
	return found.address, nil
}

func (n *nodes) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, found := range n.bySerial {
		found.gate.release()
		if found.listener != nil {
			_ = found.listener.Close()
		}
	}
	n.proxy.Close()
	for _, found := range n.bySerial {
		_ = found.node.Close()
	}
}

// fault is how a node misbehaves, and on which requests; it keeps a list of all.
type fault struct {
	mu           sync.Mutex
	requests     strings.Builder
	mode         node.Fault
	method, path string // "": any; path is a part of it
}

func (f *fault) set(mode node.Fault, method, path string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mode, f.method, f.path = mode, method, path
}

func (f *fault) asked() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.requests.Reset()
	return f.requests.String()
}

func (f *fault) of(r *http.Request) node.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	fmt.Fprintf(&f.requests, "%s %s\n", r.Method, r.URL.Path)
	if f.method != "" && f.method != r.Method || !strings.Contains(r.URL.Path, f.path) {
		return ""
	}
	return f.mode
}

// gate lets a number of writes through to a node, and makes those after them wait.
type gate struct {
	next http.Handler

	mu      sync.Mutex
	left    int
	holding chan struct{} // nil: everything passes; closed by release
	waiting chan struct{} // closed when the first write waits
}

func (g *gate) hold(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left, g.holding, g.waiting = n, make(chan struct{}), make(chan struct{})
}

func (g *gate) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.holding != nil {
		close(g.holding)
	}
	g.holding = nil
}

func (g *gate) awaitHeld(most time.Duration) bool {
	g.mu.Lock()
	waiting := g.waiting
	g.mu.Unlock()
	select {
	case <-waiting:
		return true
	case <-time.After(most):
		return false
	}
}

// pass returns what a write has to wait for, if anything.
func (g *gate) pass() chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.holding == nil {
		return nil
	}
	if g.left > 0 {
		g.left--
		return nil
	}
	select {
	case <-g.waiting:
	default:
		close(g.waiting)
	}
	return g.holding
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		if holding := g.pass(); holding != nil {
			<-holding
		}
	}
	g.next.ServeHTTP(w, r)
}
