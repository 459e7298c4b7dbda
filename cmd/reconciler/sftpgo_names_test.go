//go:build sftpgo

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/gitops-reconciler/reconciler/providers/sftpgo/testserver"
)

// names are files that a partner uploads, one after the other, each to every server; and what rules told of them.
//
// Of each name the holder of the role is given its copy last. So a name that two servers tell of was given to one that
// had the role before the holder lost it: both had it at once. A move in the middle of a name can only have
// nobody tell of it.
type names struct {
	t       *testing.T
	servers map[string]*testserver.Server
	key     ssh.AuthMethod

	mu      sync.Mutex
	changed *sync.Cond
	last    string              // the holder
	shut    map[string]bool     // serials that partners cannot reach
	given   [][]string          // by name: the serials that took it
	told    map[string][]string // by name: the serials whose rule told of it
}

func newNames(t *testing.T, servers map[string]*testserver.Server, key ssh.AuthMethod) *names {
	n := &names{t: t, servers: servers, key: key, shut: map[string]bool{}, told: map[string][]string{}}
	n.changed = sync.NewCond(&n.mu)
	return n
}

// ServeHTTP is what the rules tell: the path is the server, the body the name.
func (n *names) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		n.t.Errorf("a rule of %s: %v", r.URL.Path, err)
	}
	n.change(func() {
		n.told[string(body)] = append(n.told[string(body)], strings.TrimPrefix(r.URL.Path, "/"))
	})
}

func (n *names) change(do func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	do()
	n.changed.Broadcast()
}

// upload uploads until ctx ends, ten names a second where the machine can.
func (n *names) upload(ctx context.Context) {
	pace := time.NewTicker(100 * time.Millisecond)
	defer pace.Stop()
	for i := 0; ctx.Err() == nil; i++ {
		var took []string
		for _, serial := range n.order() {
			if n.give(ctx, serial, nameOf(i)) == nil { // it may just have been killed
				took = append(took, serial)
			}
		}
		n.change(func() { n.given = append(n.given, took) })
		select {
		case <-pace.C:
		case <-ctx.Done():
		}
	}
}

func (n *names) give(ctx context.Context, serial, name string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return testserver.Upload(ctx, n.servers[serial].SFTPAddr(), "partner", "/"+name, "content", n.key)
}

func nameOf(i int) string { return fmt.Sprintf("file%05d", i) }

// order is to whom the next name is given.
func (n *names) order() (serials []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, serial := range append(without(serialsOf(n.servers), n.last), n.last) {
		if serial != "" && !n.shut[serial] {
			serials = append(serials, serial)
		}
	}
	return serials
}

// wait waits until a name that is yet to begin is so.
func (n *names) wait(what string, is func(took, told []string) bool) (name int) {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), 2*time.Minute)
	defer cancel()
	defer context.AfterFunc(ctx, n.changed.Broadcast)()
	n.mu.Lock()
	defer n.mu.Unlock()
	for name = len(n.given) + 1; ; name++ {
		for len(n.given) <= name {
			if ctx.Err() != nil {
				n.t.Fatalf("no name was %s", what)
			}
			n.changed.Wait()
		}
		if is(n.given[name], n.told[nameOf(name)]) {
			return name
		}
	}
}

// tells waits until a server tells of a name that another one took as well, and is then the holder.
func (n *names) tells(serial string) {
	n.t.Helper()
	n.wait("told of by "+serial, func(took, told []string) bool { return len(took) > 1 && slices.Contains(told, serial) })
	n.change(func() { n.last = serial })
	n.next()
}

// next waits until a name that is yet to begin has been given to all.
func (n *names) next() int {
	n.t.Helper()
	return n.wait("given", func([]string, []string) bool { return true })
}

// close lets partners reach a server no more, or again.
func (n *names) close(serial string, closed bool) {
	n.change(func() { n.shut[serial] = closed })
}

// twice are the names from one on, and before another, that several servers told of.
func (n *names) twice(from, to int) (names []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := from; i < to; i++ {
		if told := distinct(n.told[nameOf(i)]); len(told) > 1 {
			names = append(names, fmt.Sprint(nameOf(i), told))
		}
	}
	return names
}

// missed counts those that nobody told of.
func (n *names) missed(to int) (missed int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range to {
		if len(n.told[nameOf(i)]) == 0 {
			missed++
		}
	}
	return missed
}

// tellers are the servers that told of a name.
func (n *names) tellers(name int) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.told[nameOf(name)])
}

func without(serials []string, serial string) []string {
	return slices.DeleteFunc(slices.Clone(serials), func(s string) bool { return s == serial })
}

func distinct(serials []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(serials)))
}
