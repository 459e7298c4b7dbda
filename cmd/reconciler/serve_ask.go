package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/loop"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// look is the state as it is now; beside a serve that holds it, a copy that it makes.
func (a *app) look() (*store.Snapshot, error) {
	snapshot, err := store.Read(a.stateDir(), a.lockTimeout)
	locked, _ := errors.AsType[*store.LockedError](err)
	if locked == nil || !locked.Holder.Serves() {
		return snapshot, err
	}
	body, asked := a.ask("/v1/state")
	if asked != nil {
		return nil, errors.Join(err, asked)
	}
	defer func() { _ = body.Close() }() // it was only read
	return store.ReadCopy(a.stateDir(), body)
}

// served is how the serve that holds the state says things stand; nil if there is none.
func (a *app) served() (*loop.Status, error) {
	if !store.HolderOf(a.stateDir()).Serves() {
		return nil, nil
	}
	body, err := a.ask("/v1/status")
	if err != nil {
		return nil, nil // one that died left its name behind; what holds the state is found out by who needs it
	}
	defer func() { _ = body.Close() }() // it was only read
	var status loop.Status
	if err := json.NewDecoder(body).Decode(&status); err != nil {
		return nil, fmt.Errorf("ask serve how things stand: %w", err)
	}
	return &status, nil
}

// ask asks the serve that holds the state.
func (a *app) ask(path string) (io.ReadCloser, error) { return a.tell(http.MethodGet, path, nil) }

// tell tells it something, as JSON.
func (a *app) tell(method, path string, body any) (io.ReadCloser, error) {
	socket := store.HolderOf(a.stateDir()).Socket
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "unix", socket)
		},
	}}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(context.Background(), method, "http://serve"+path, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask serve at %s: %w", socket, err)
	}
	if response.StatusCode == http.StatusOK {
		return response.Body, nil
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, fmt.Errorf("ask serve at %s: %w", socket, err)
	}
	return nil, errors.New(strings.TrimSpace(string(text)))
}

// longest is what a socket's path may have; systems take some hundred bytes.
const longest = 100

// socketPath is where serve is reached: absolute, for commands that are called elsewhere. Where the state's own path is
// too long for a socket it is in a folder of its own, which remove takes away.
func (a *app) socketPath(given string) (path string, remove func() error, err error) {
	none := func() error { return nil }
	if given == "" {
		given = filepath.Join(a.stateDir(), socketName)
	}
	if path, err = filepath.Abs(given); err != nil || len(path) <= longest {
		return path, none, err
	}
	for _, parent := range []string{os.TempDir(), "/tmp"} {
		dir, err := os.MkdirTemp(parent, "reconciler-serve-")
		if err != nil {
			return "", none, err
		}
		if path = filepath.Join(dir, socketName); len(path) <= longest {
			return path, func() error { return os.RemoveAll(dir) }, nil
		}
		if err := os.Remove(dir); err != nil {
			return "", none, err
		}
	}
	return path, none, nil // listening says what is wrong
}
