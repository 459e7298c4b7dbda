package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"

	reconciler "github.com/gitops-reconciler/reconciler"
	"github.com/gitops-reconciler/reconciler/cmd/node/half"
	"github.com/gitops-reconciler/reconciler/providers/node"
)

// demo is five servers and a repository.
type demo struct {
	*app
	home      string
	addresses map[string]string // by serial
	servers   []*http.Server
	nodes     []*node.Node
	halves    []*half.Half
	work      sync.WaitGroup
}

func (d *demo) repo() string { return filepath.Join(d.home, "cluster") }

// start brings up the servers that the example names, each on a free port, and writes the example into
// a repository with the addresses that came out.
func (d *demo) start(ctx context.Context) error {
	if err := os.Mkdir(d.repo(), 0o700); err != nil {
		return err
	}
	text := string(reconciler.Example)
	d.addresses = map[string]string{}
	for i, serial := range []string{"1001", "1002", "1003", "1004", "1005"} {
		address, err := d.serve(ctx, serial)
		if err != nil {
			return err
		}
		d.addresses[serial] = address
		text = strings.Replace(text, fmt.Sprintf("http://127.0.0.1:710%d", i+1), address, 1)
	}
	if err := os.WriteFile(filepath.Join(d.repo(), "cluster.cue"), []byte(text), 0o600); err != nil {
		return err
	}
	return d.commit("the cluster as it shall be")
}

func (d *demo) serve(ctx context.Context, serial string) (string, error) {
	dir := filepath.Join(d.home, "node-"+serial)
	leases := half.New(dir, nothingToDo{}, half.Options{})
	n, err := node.Open(dir, node.Options{Name: serial, NoSync: true, Clock: d.clock, Leases: leases})
	if err != nil {
		return "", err
	}
	d.nodes = append(d.nodes, n)
	if err := leases.Boot(); err != nil {
		return "", err
	}
	d.halves = append(d.halves, leases)
	d.work.Go(func() { leases.Run(ctx) })
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: n, ReadHeaderTimeout: 10 * time.Second}
	d.servers = append(d.servers, server)
	go server.Serve(listener) //nolint:errcheck // stop ends it, and that is all it ever says
	return "http://" + listener.Addr().String(), nil
}

func (d *demo) commit(message string) error {
	repo, err := git.PlainInit(d.repo(), false)
	if err != nil {
		return err
	}
	tree, err := repo.Worktree()
	if err != nil {
		return err
	}
	if _, err := tree.Add("cluster.cue"); err != nil {
		return err
	}
	_, err = tree.Commit(message, &git.CommitOptions{
		Author: &object.Signature{Name: "Demo", Email: "demo@example.invalid", When: d.clock()},
	})
	return err
}

// drift changes an item on a server directly, as an administrator might.
func (d *demo) drift(ctx context.Context) error {
	body := `{"address": "as2.somewhere-else.example", "protocol": "as2", "inbox": "inbox", "enabled": true, "tags": ["edi", "gold"]}`
	target := d.addresses["1002"] + "/v1/kinds/host/items/globex"
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, target, strings.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("change 1002: %s", response.Status)
	}
	return nil
}

// nothingToDo are the hands of a server that asks whether it holds a role whenever it does something.
type nothingToDo struct{}

func (nothingToDo) Start(context.Context, half.Turn) error { return nil }
func (nothingToDo) Stop(context.Context, half.Turn) error  { return nil }
func (nothingToDo) Force(context.Context, half.Turn) error { return nil }

// stop ends the servers and removes all that the demo wrote.
func (d *demo) stop() error {
	var errs []error
	for _, server := range d.servers {
		errs = append(errs, server.Close())
	}
	for _, leases := range d.halves {
		leases.Close()
	}
	d.work.Wait()
	for _, n := range d.nodes {
		errs = append(errs, n.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(d.home))...)
}
