package source

import (
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// needsGit says where Git is. Reading and writing a folder of this machine needs none; a server does.
func needsGit(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("git")
	if err != nil {
		t.Skip("a Git server is needed, and git is not installed: ", err)
	}
	return path
}

func gitEnv() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1"}
}

// gitSays runs git in the repository.
func (r repository) gitSays(args ...string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), needsGit(r.t), append([]string{"-C", r.dir}, args...)...)
	cmd.Env = gitEnv()
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// site is a Git server over https, with the repository site.git.
type site struct {
	*httptest.Server
	repository
	fetched, pushed atomic.Int32 // packs that were asked for, and given
	connections     atomic.Int32
	before          func(http.ResponseWriter, *http.Request) bool
}

func newSite(t testing.TB) *site {
	t.Helper()
	git := needsGit(t)
	root := t.TempDir()
	silent := log.New(io.Discard, "", 0) // of clients that go away
	s := &site{repository: initRepository(t, filepath.Join(root, "site.git"), true)}
	backend := &cgi.Handler{Path: git, Args: []string{"http-backend"}, Env: append(gitEnv(),
		"GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=somebody"), Stderr: io.Discard, Logger: silent}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.before != nil && !s.before(w, r) {
			return
		}
		switch {
		case strings.HasSuffix(r.URL.Path, "/"+uploadPack):
			s.fetched.Add(1)
		case strings.HasSuffix(r.URL.Path, "/"+receivePack):
			s.pushed.Add(1)
		}
		backend.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = silent
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.connections.Add(1)
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *site) options() RemoteOptions {
	return RemoteOptions{URL: s.URL + "/site.git", CA: authority(s.Server)}
}

func authority(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

// asks has the server ask for credentials.
func (s *site) asks(signed func(*http.Request) bool) {
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !signed(r) {
			w.WriteHeader(http.StatusUnauthorized)
			return false
		}
		return true
	}
}

func remote(t testing.TB, o RemoteOptions) *Remote {
	t.Helper()
	r, err := NewRemote(o)
	ok(t, err)
	t.Cleanup(r.Close)
	return r
}

func secret(text string) schema.Secret { return schema.NewSecret(text, nil) }

// has checks the head of what is read, and the files of a folder there.
func has(t testing.TB, r *Remote, dir, hash string, files map[string]string) Tree {
	t.Helper()
	head, err := r.Head(t.Context())
	ok(t, err)
	if head != hash {
		t.Fatalf("the head is %s, want %s", head, hash)
	}
	tree, err := r.Tree(t.Context(), head, dir)
	ok(t, err)
	holds(t, tree, files)
	return tree
}

func holds(t testing.TB, tree Tree, files map[string]string) {
	t.Helper()
	got := read(t, tree.FS)
	if len(got) != len(files) {
		t.Errorf("read %q, want %q", got, files)
	}
	for name, text := range files {
		if got[name] != text {
			t.Errorf("%s is %q, want %q", name, got[name], text)
		}
	}
}
