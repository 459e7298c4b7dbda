//go:build sftpgo

package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"
	"golang.org/x/crypto/ssh"

	"github.com/gitops-reconciler/reconciler/providers/sftpgo/testserver"
)

// party is three SFTPGo servers with a database each, and whom they serve: a partner who uploads to all of them, a
// server that their rules tell, and a serve that keeps the role whose rule that is.
type party struct {
	*served
	t       *testing.T
	dir     string
	servers map[string]*testserver.Server
	gates   map[string]*cuttable
	names   *names
}

func newParty(t *testing.T) *party {
	p := newServers(t, func(*party, string) {})
	for serial, server := range p.servers {
		p.gates[serial] = newCuttable(t, server.URL())
	}
	p.begin(p.config)
	return p
}

// newServers starts the servers. What is beside each of them is started then.
func newServers(t *testing.T, beside func(p *party, serial string)) *party {
	binary, err := testserver.Build(t.Context(), "../../providers/sftpgo/testserver/build", "", t.Output())
	if err != nil {
		t.Fatal(err)
	}
	p := &party{t: t, dir: t.TempDir(), servers: map[string]*testserver.Server{}, gates: map[string]*cuttable{}}
	for _, serial := range []string{"1001", "1002", "1003"} {
		p.start(binary, serial)
		beside(p, serial)
	}
	return p
}

// begin starts what the rules tell, and a serve over what Git wants then.
func (p *party) begin(config func(public, counting string) string) {
	key, public := newSSHKey(p.t)
	p.names = newNames(p.t, p.servers, key)
	counting := httptest.NewServer(p.names)
	p.t.Cleanup(counting.Close)
	commitFile(p.t, filepath.Join(p.dir, "git"), config(public, counting.URL))
	p.served = newServed(p.t, filepath.Join(p.dir, "git"))
}

// uploading has the partner upload until stop is called, once the role has its first holder.
func (p *party) uploading() (first string, stop func()) {
	first = p.says(0, `<> report/0: - -> (\d+), epoch 1`)[1]
	ctx, cancel := context.WithCancel(p.t.Context())
	var uploader sync.WaitGroup
	uploader.Go(func() { p.names.upload(ctx) })
	p.t.Cleanup(func() { cancel(); uploader.Wait() })
	p.names.tells(first)
	return first, func() { cancel(); uploader.Wait() }
}

func (p *party) start(binary testserver.Binary, serial string) {
	server, err := binary.Start(p.t.Context(), testserver.Options{
		Dir: filepath.Join(p.dir, serial), Restore: p.standbyFile(serial), AdminUser: "reconciler", AdminPassword: "admin-password",
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.servers[serial] = server
	p.t.Cleanup(server.Kill)
}

// config is what Git wants: each peer's rule tells under its own name, and the role runs it.
func (p *party) config(public, counting string) string {
	address := func(serial string) string { return fmt.Sprintf("address: %q", p.gates[serial].URL) }
	return p.cluster(public, counting, address, `
	items: rule: report: {
		trigger: 1
		conditions: {fs_events: ["upload"], options: event_statuses: [1]}
		actions: [{name: "tell", relation_options: execute_sync: true}]
	}
	health: {probe: "1s", timeout: "1s", dead: "3s", rise: 1}
	roles: report: {fencing: "confirmed", settle: "0s", stopWithin: "5s", runs: rule: ["report"]}`)
}

// cluster is one with a partner, and an action that tells under the name of each peer.
func (p *party) cluster(public, counting string, address func(serial string) string, more string) string {
	var peers strings.Builder
	for _, serial := range serialsOf(p.servers) {
		fmt.Fprintf(&peers, "\tpeers: %q: {%s, items: {user: partner: home_dir: %q, action: tell: options: http_config: endpoint: %q}}\n",
			serial, address(serial), filepath.Join(p.dir, serial, "home"), counting+"/"+serial)
	}
	return fmt.Sprintf(`package mft

import "github.com/gitops-reconciler/reconciler/providers/sftpgo"

cluster: sftpgo.#Cluster & {
	name: "mft"
	peers: [_]: credentials: {user: "reconciler", password: "env:SFTPGO_PASSWORD"}
%s	items: {
		user: partner: {home_dir: "/nowhere", public_keys: [%q]}
		action: tell: {type: 1, options: http_config: {endpoint: %q, body: "{{ObjectName}}"}}
	}
%s
}
`, peers.String(), public, counting, more)
}

// cuttable is the way from the controller to a server. What is cut, or leads to a server that is down, breaks off.
type cuttable struct {
	*httptest.Server
	cut atomic.Bool
}

func newCuttable(t *testing.T, to string) *cuttable {
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	g := &cuttable{}
	proxy := &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.cut.Load() {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

func (p *party) standbyFile(serial string) string {
	return filepath.Join(p.dir, serial+"-standby.json")
}

// bootsPassive has a server come up with the rule off: what it has is restored so before it listens.
func (p *party) bootsPassive(serial string) {
	p.t.Helper()
	rule := p.rule(serial)
	rule["status"] = 0
	data, err := json.Marshal(map[string]any{"version": 16, "event_rules": []any{rule}})
	if err == nil {
		err = os.WriteFile(p.standbyFile(serial), data, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// bootsAsItWas has a server come up with the rule as its database has it.
func (p *party) bootsAsItWas(serial string) {
	p.t.Helper()
	if err := os.RemoveAll(p.standbyFile(serial)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *party) rule(serial string) (rule map[string]any) {
	p.t.Helper()
	status, err := p.servers[serial].Do(p.t.Context(), http.MethodGet, "/eventrules/report", nil, &rule)
	if err != nil || status != http.StatusOK {
		p.t.Fatalf("the rule of %s: %d, %v", serial, status, err)
	}
	return rule
}

// switchOn switches a server's rule on, around everything that the reconciler goes through.
func (p *party) switchOn(serial string) {
	p.t.Helper()
	rule := p.rule(serial)
	rule["status"] = 1
	status, err := p.servers[serial].Do(p.t.Context(), http.MethodPut, "/eventrules/report", rule, nil)
	if err != nil || status != http.StatusOK {
		p.t.Fatalf("switch on the rule of %s: %d, %v", serial, status, err)
	}
}

func (p *party) restart(serial string) {
	p.t.Helper()
	if err := p.servers[serial].Restart(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

func newSSHKey(t *testing.T) (ssh.AuthMethod, string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return ssh.PublicKeys(signer), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// commitFile makes a repository whose HEAD has this cluster.cue.
func commitFile(t *testing.T, dir, text string) {
	t.Helper()
	repo, err := git.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cluster.cue"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	tree, err := repo.Worktree()
	if err == nil {
		_, err = tree.Add("cluster.cue")
	}
	if err == nil {
		_, err = tree.Commit("one reporter", &git.CommitOptions{Author: &object.Signature{Name: "Ada", Email: "ada@example.com", When: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func serialsOf(servers map[string]*testserver.Server) []string {
	return slices.Sorted(maps.Keys(servers))
}
