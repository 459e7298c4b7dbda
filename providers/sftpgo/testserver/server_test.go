//go:build sftpgo

package testserver

import (
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/ssh"
)

type user struct {
	Username    string              `json:"username"`
	Password    string              `json:"password,omitempty"`
	Status      int                 `json:"status"`
	HomeDir     string              `json:"home_dir"`
	Permissions map[string][]string `json:"permissions"`
}

func built(t *testing.T) Binary {
	t.Helper()
	binary, err := Build(t.Context(), "build", "", t.Output())
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

func started(t *testing.T, options Options) *Server {
	t.Helper()
	if options.Dir == "" {
		options.Dir = t.TempDir()
	}
	s, err := built(t).Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func addUser(t *testing.T, s *Server, name, password string) {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	u := user{name, string(hash), 1, filepath.Join(s.options.Dir, "homes", name), map[string][]string{"/": {"*"}}}
	want(t, s, http.StatusCreated, http.MethodPost, "/users", u)
}

func want(t *testing.T, s *Server, status int, method, path string, body any) {
	t.Helper()
	got, err := s.Do(t.Context(), method, path, body, nil)
	if err != nil || got != status {
		t.Fatalf("%s %s: status %d, %v; want %d", method, path, got, err, status)
	}
}

func login(t *testing.T, s *Server, name, password string) error {
	t.Helper()
	return LoginSFTP(t.Context(), s.SFTPAddr(), name, ssh.Password(password))
}

func TestUserLogsInBeforeAndAfterRestarts(t *testing.T) {
	s := started(t, Options{})
	addUser(t, s, "alice", "right")
	for _, again := range []func() error{
		func() error { return nil },
		func() error { return s.Restart(t.Context()) },
		func() error { s.Kill(); return s.Restart(t.Context()) },
	} {
		if err := again(); err != nil {
			t.Fatal(err)
		}
		if err := login(t, s, "alice", "right"); err != nil {
			t.Error(err)
		}
		if err := login(t, s, "alice", "wrong"); !errors.Is(err, ErrDenied) {
			t.Errorf("wrong password: %v", err)
		}
		// The token of before the restart is dead: Do gets another.
		want(t, s, http.StatusOK, http.MethodGet, "/users/alice", nil)
	}
}

func TestTwoServersAreStrangers(t *testing.T) {
	one, two := started(t, Options{}), started(t, Options{Driver: "memory", AdminUser: "root", AdminPassword: "other"})
	addUser(t, one, "alice", "right")
	want(t, two, http.StatusNotFound, http.MethodGet, "/users/alice", nil)
	addUser(t, two, "alice", "otherwise")
	if err := login(t, two, "alice", "otherwise"); err != nil {
		t.Error(err)
	}
	if err := login(t, one, "alice", "otherwise"); !errors.Is(err, ErrDenied) {
		t.Errorf("the other server's password: %v", err)
	}
}

func TestMemoryDriverForgets(t *testing.T) {
	s := started(t, Options{Driver: "memory"})
	addUser(t, s, "alice", "right")
	url := s.URL()
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.URL() != url {
		t.Errorf("moved from %s to %s", url, s.URL())
	}
	want(t, s, http.StatusNotFound, http.MethodGet, "/users/alice", nil)
}

func TestStartReportsWhyItDied(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sftpgo.db"), []byte("no database, and long enough to be seen as none"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := built(t).Start(t.Context(), Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "file is not a database") {
		t.Errorf("the log's reason is missing: %v", err)
	}
}

func TestStartRefusesATakenPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	port := listener.Addr().(*net.TCPAddr).Port
	_, err = built(t).Start(t.Context(), Options{Dir: t.TempDir(), HTTPPort: port})
	if !errors.Is(err, errPortTaken) {
		t.Errorf("got %v", err)
	}
}

func TestStopReportsACrash(t *testing.T) {
	s, err := built(t).Start(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.process.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.process.done
	if err := s.Stop(); err == nil {
		t.Error("a crash went unnoticed")
	}
	if err := s.Stop(); err != nil {
		t.Errorf("stopped twice: %v", err)
	}
}
