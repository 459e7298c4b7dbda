package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"

	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/reconcile/source"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// loaded is a cluster and where it came from.
type loaded struct {
	*schema.Cluster
	revision string // the commit's hash, or "files:" and a digest of the files as they lay there
	subject  string // "author: subject" of the commit, or ""
	find     finder // where its files write something
	in       load.Input

	refers bool         // its files refer to who holds the roles
	follow []schema.Key // items that say something else where others hold the roles
	again  func(context.Context, load.Active) (loaded, []schema.Problem, error)
}

// load reads and evaluates the cluster. Problems of the configuration have been printed when it returns.
func (a *app) load(ctx context.Context) (loaded, error) {
	l, problems, err := a.evaluate(ctx, forPeople)
	if err != nil {
		return loaded{}, err
	}
	if len(problems) > 0 {
		return loaded{}, a.ui.problems(problems)
	}
	return l, nil
}

func (a *app) tree(ctx context.Context) (source.Tree, error) {
	if a.rev == "" {
		return source.Directory(a.dir)
	}
	return source.Commit(ctx, a.dir, a.rev)
}

// loader evaluates in this very program, started once more with one argument. What it remembers goes
// into the state directory once there is one: looking leaves no traces.
func (a *app) loader() load.Cache {
	cache := load.Cache{Child: load.Child{Path: a.executable, Args: []string{"reconciler", evaluateName}}, Salt: version()}
	if info, err := os.Stat(a.executable); err == nil {
		cache.Salt += fmt.Sprint(info.Size(), info.ModTime().UnixNano())
	}
	if _, err := os.Stat(a.stateDir()); err == nil {
		cache.Dir = filepath.Join(a.stateDir(), "cache")
	}
	return cache
}

func (a *app) stateDir() string {
	if a.state != "" {
		return a.state
	}
	return filepath.Join(a.dir, ".reconciler")
}

// reconciler wires the engine, the secrets and the clock to the floors below. key marks the secrets.
func (a *app) reconciler(c *schema.Cluster, key []byte, events func(reconcile.Event)) (*reconcile.Reconciler, error) {
	definition, err := rest.Parse(c.Provider)
	if err != nil {
		return nil, err
	}
	secrets := a.secrets()
	return &reconcile.Reconciler{
		Open: func(serial string, peer schema.Peer) (reconcile.Provider, error) {
			address, err := c.URL(serial)
			if err != nil {
				return nil, err
			}
			return a.client(definition, address.String(), peer.Credentials, secrets, key)
		},
		Secrets:     secrets.resolve,
		Key:         key,
		Clock:       a.clock,
		Parallelism: a.parallelism,
		Events:      events,
	}, nil
}

func (a *app) secrets() secrets {
	return secrets{dir: a.dir, getenv: a.getenv, readFile: os.ReadFile}
}

// client connects to no one yet.
func (a *app) client(d *rest.Definition, address string, from schema.Credentials, s secrets, key []byte) (*rest.Client, error) {
	credentials, err := s.credentials(from, key)
	if err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	options := rest.Options{Timeout: a.timeout, Clock: a.clock, Probes: a.probes, ServerName: from.ServerName, Identity: from.Identity}
	if options.CA, err = s.file(from.CA); err != nil {
		return nil, fmt.Errorf("credentials: ca: %w", err)
	}
	return d.Open(address, credentials, options)
}

// memory is what was applied, for commands that only look, and the key it is marked under. twoWay tells
// that there is none.
func (a *app) memory() (m memory, key []byte, twoWay bool, err error) {
	snapshot, err := a.look()
	if errors.Is(err, store.ErrNone) {
		key = make([]byte, 32)
		rand.Read(key) // never fails
		return nothing{}, key, true, nil
	}
	if err != nil {
		return nil, nil, false, err
	}
	return snapshot, snapshot.Key(), false, nil
}

// memory is what commands that only look ask the state for.
type memory interface {
	reconcile.Memory
	history
	keeping
}

// nothing remembers nothing.
type nothing struct{}

func (nothing) Ledger(string) (lease.Ledger, error) { return lease.Ledger{}, nil }

func (nothing) Deals(string, any) error { return nil }

func (nothing) Applied() (map[string]json.RawMessage, error) { return nil, nil }

func (nothing) Recall(string, string) (plan.Memory, error) { return plan.Memory{}, nil }

func (nothing) Settled(string, string) (string, plan.Settled, error) { return "", plan.Settled{}, nil }

// holder says who this process is, for others who have to wait for it.
func (a *app) holder(command string) store.Holder {
	h := store.Holder{Command: command, PID: a.pid, Since: a.clock(), User: "somebody", Host: "this machine"}
	if u, err := user.Current(); err == nil {
		h.User = u.Username
	}
	if name, err := os.Hostname(); err == nil {
		h.Host = name
	}
	return h
}
