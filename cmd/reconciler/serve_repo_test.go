package main

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// having is an app with an environment and nothing else.
func having(env map[string]string) *app {
	return &app{process: process{getenv: func(name string) (string, bool) {
		value, is := env[name]
		return value, is
	}}}
}

func TestSigningIn(t *testing.T) {
	t.Parallel()
	a := having(map[string]string{
		"RECONCILER_REPO_USER": "ada", "RECONCILER_REPO_PASSWORD": "a password", "RECONCILER_REPO_TOKEN": "a token",
		"RECONCILER_REPO_PASSPHRASE": "a phrase", "RECONCILER_REPO_KEY": "id", "RECONCILER_REPO_KNOWN_HOSTS": "known",
		"RECONCILER_REPO_CA": "authority.pem",
	})
	o, err := a.signingIn(func(name string) ([]byte, error) { return []byte("in " + name), nil })
	if err != nil {
		t.Fatal(err)
	}
	got := []string{
		o.User, o.Password.Reveal(), o.Token.Reveal(), o.Passphrase.Reveal(),
		o.Key.Reveal(), string(o.KnownHosts), string(o.CA),
	}
	want := []string{"ada", "a password", "a token", "a phrase", "in id", "in known", "in authority.pem"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("it signs in with %q, want %q", got, want)
	}
	for _, name := range []string{"KEY", "KNOWN_HOSTS", "CA"} {
		name = "RECONCILER_REPO_" + name
		_, err := having(map[string]string{name: "lost"}).signingIn(func(string) ([]byte, error) { return nil, fs.ErrNotExist })
		if err == nil || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("a lost file: %v, want it to name %s", err, name)
		}
	}
}

const someCommit = "0123456789abcdef0123456789abcdef01234567"

// gitServer knows one branch, main, and shows it to those whom signed lets in.
func gitServer(t *testing.T, signed func(*http.Request) bool) (server *httptest.Server, ca string) {
	t.Helper()
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !signed(r) {
			http.Error(w, "not with "+r.Header.Get("Authorization"), http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		line := func(text string) string { return fmt.Sprintf("%04x%s\n", len(text)+5, text) }
		_, _ = io.WriteString(w, line("# service=git-upload-pack")+"0000"+
			line(someCommit+" HEAD\x00symref=HEAD:refs/heads/main")+line(someCommit+" refs/heads/main")+"0000")
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	ca = filepath.Join(t.TempDir(), "authority.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return server, ca
}

// TestRepoSignsIn asks a server that wants to know who asks.
func TestRepoSignsIn(t *testing.T) {
	t.Parallel()
	server, ca := gitServer(t, func(r *http.Request) bool {
		user, password, _ := r.BasicAuth()
		return r.Header.Get("Authorization") == "Bearer canary-token" || user == "ada" && password == "canary-password"
	})
	for name, env := range map[string]map[string]string{
		"token":    {"RECONCILER_REPO_TOKEN": "canary-token"},
		"password": {"RECONCILER_REPO_USER": "ada", "RECONCILER_REPO_PASSWORD": "canary-password"},
	} {
		env["RECONCILER_REPO_CA"] = ca
		if got, err := headOf(t, env, server.URL+"/infra.git"); err != nil || got != someCommit {
			t.Errorf("with a %s the head is %q, %v; want %s", name, got, err, someCommit)
		}
	}
	refused := map[string]string{"RECONCILER_REPO_TOKEN": "canary-wrong", "RECONCILER_REPO_CA": ca}
	_, err := headOf(t, refused, server.URL+"/infra.git")
	if err == nil || strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), "401") {
		t.Errorf("with a wrong token: %v, want 401 and no secret", err)
	}
	delete(refused, "RECONCILER_REPO_CA")
	if _, err := headOf(t, refused, server.URL+"/infra.git"); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without the authority: %v, want it to be about the certificate", err)
	}
}

func headOf(t *testing.T, env map[string]string, url string) (string, error) {
	t.Helper()
	from, err := having(env).origin(repoFlags{url: url})
	if err != nil {
		return "", err
	}
	defer from.Close()
	return (&commits{from: from}).head(t.Context())
}

// TestCommitsAreNotWaitedForForEver gives every call to a repository a deadline.
func TestCommitsAreNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	asked := 0
	c := commits{from: stub{onHead: func(ctx context.Context) (string, error) {
		asked++
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("the head is waited for without a deadline")
		}
		return someCommit, nil
	}}}
	d, err := c.Latest(t.Context(), someCommit)
	if err != nil || d.Cluster != nil || d.Revision != someCommit || asked != 1 {
		t.Errorf("of a known commit it says %+v, %v after %d questions, want nothing new", d, err, asked)
	}
}

// stub is a repository of which only the head is asked.
type stub struct {
	repository
	onHead func(context.Context) (string, error)
}

func (s stub) Head(ctx context.Context) (string, error) { return s.onHead(ctx) }

func TestRepoRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flags repoFlags
		rev   string
		say   string
	}{
		{repoFlags{branch: "main"}, "", "--branch and --path are about"},
		{repoFlags{path: "clusters/mft"}, "", "--branch and --path are about"},
		{repoFlags{url: "infra.git"}, "HEAD", "--rev is about"},
		{repoFlags{url: "infra.git", path: "/clusters"}, "", "--path /clusters: want a folder"},
		{repoFlags{url: "infra.git", path: "../x"}, "", "--path ../x: want a folder"},
		{repoFlags{url: "https://canary@git.example.org/x"}, "", "does not belong in the URL"},
		{repoFlags{url: "http://ada:canary@git.example.org/x"}, "", "does not belong in the URL"},
		{repoFlags{url: "https://ada:can/ary@git.example.org/x"}, "", "it is not shown"},
		{repoFlags{url: "infra.git", branch: "-x"}, "", "is no name of a branch"},
	} {
		a := having(nil)
		a.rev = c.rev
		_, err := a.origin(c.flags)
		if err == nil || !strings.Contains(err.Error(), c.say) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%+v: %v, want %q", c.flags, err, c.say)
		}
	}
	for _, path := range []string{"", ".", "clusters/mft", "clusters/mft/"} {
		if from, err := having(nil).origin(repoFlags{url: "infra.git", path: path}); err != nil {
			t.Errorf("path %q: %v", path, err)
		} else {
			from.Close()
		}
	}
}

func TestTrail(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	var way trail
	for i, step := range []struct {
		hash string
		at   time.Duration
		back bool
	}{
		{"b", 0, false},          // whatever is first
		{"c", 0, false},          // the same second
		{"c", 0, false},          // read once more, as after a SIGHUP
		{"b", 0, true},           // rewound
		{"d", time.Hour, false},  // on
		{"e", time.Minute, true}, // rewritten, to something older
		{"f", 2 * time.Hour, false},
	} {
		if got := way.back(step.hash, noon.Add(step.at)); got != step.back {
			t.Errorf("step %d, to %s: leads back %v, want %v", i, step.hash, got, step.back)
		}
	}
}
