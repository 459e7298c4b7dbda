//go:build sftpgo

package main

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/ssh"

	"github.com/gitops-reconciler/reconciler/providers/sftpgo/testserver"
	"github.com/gitops-reconciler/reconciler/schema"
)

// TestSFTPGoScripts tells the stories in testscript/sftpgo, on real SFTPGo servers.
//
// The commands of these scripts, beside those of the others:
//
//	sftpgo start SERIAL...                     start servers on SQLite, at $SFTPGO_SERIAL
//	sftpgo restart SERIAL                      stop one and start it again: its tokens die
//	sftpgo patch SERIAL KIND/ID JSON           change an item through SFTPGo's own API
//	sftpgo delete SERIAL KIND/ID
//	sftpgo create SERIAL KIND JSON
//	sftpgo post SERIAL PATH JSON               create one below a path of its own
//	sftpgo show SERIAL KIND/ID
//	[!] login SERIAL USER PASSWORD             log in over SFTP
//	bcrypt VARIABLE PASSWORD                   set a variable to a hash of a password
func TestSFTPGoScripts(t *testing.T) {
	binary, err := testserver.Build(t.Context(), "../../providers/sftpgo/testserver/build", "", t.Output())
	if err != nil {
		t.Fatal(err)
	}
	all := commands()
	all["sftpgo"] = sftpgoCmd
	all["login"] = loginCmd
	all["bcrypt"] = bcryptCmd
	testscript.Run(t, testscript.Params{
		Dir: "../../testscript/sftpgo",
		Setup: func(env *testscript.Env) error {
			servers := &sftpgoServers{binary: binary, dir: env.WorkDir, bySerial: map[string]*testserver.Server{}}
			env.Values[sftpgoKey{}] = servers
			env.Defer(servers.stop)
			examples, err := filepath.Abs("../../examples")
			env.Setenv("EXAMPLES", examples)
			return errors.Join(err, setup(env))
		},
		Cmds:                all,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
	})
}

type sftpgoKey struct{}

// sftpgoServers are the servers of one script.
type sftpgoServers struct {
	binary testserver.Binary
	dir    string

	mu       sync.Mutex
	bySerial map[string]*testserver.Server
}

func (s *sftpgoServers) start(serial string) (string, error) {
	server, err := s.binary.Start(context.Background(), testserver.Options{
		Dir: filepath.Join(s.dir, ".sftpgo", serial), AdminUser: "reconciler", AdminPassword: "admin-password",
	})
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bySerial[serial] = server
	return server.URL(), nil
}

func (s *sftpgoServers) stop() {
	for _, server := range s.bySerial {
		server.Kill()
	}
}

func sftpgoCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: sftpgo VERB SERIAL ...")
	}
	servers := ts.Value(sftpgoKey{}).(*sftpgoServers)
	if args[0] == "start" {
		for _, serial := range args[1:] {
			url, err := servers.start(serial)
			ts.Check(err)
			ts.Setenv("SFTPGO_"+serial, url)
		}
		return
	}
	server := servers.bySerial[args[1]]
	switch args[0] {
	case "restart":
		ts.Check(server.Restart(context.Background()))
	case "patch":
		patch(ts, server, args[2], strings.Join(args[3:], " "))
	case "show":
		_, err := ts.Stdout().Write(call(ts, server, http.MethodGet, path(args[2]), nil))
		ts.Check(err)
	case "create":
		call(ts, server, http.MethodPost, "/"+args[2]+"s", body(ts, strings.Join(args[3:], " ")))
	case "post":
		call(ts, server, http.MethodPost, args[2], body(ts, strings.Join(args[3:], " ")))
	case "delete":
		call(ts, server, http.MethodDelete, path(args[2]), nil)
	default:
		ts.Fatalf("sftpgo %s: no such verb", args[0])
	}
}

// path is that of an item: user/alice is /users/alice.
func path(key string) string {
	kind, id, _ := strings.Cut(key, "/")
	return "/" + kind + "s/" + id
}

func body(ts *testscript.TestScript, text string) map[string]any {
	value, err := schema.DecodeValue([]byte(text))
	ts.Check(err)
	return value.(map[string]any)
}

// patch does what an administrator's page does: it reads the item, changes it and writes it back.
func patch(ts *testscript.TestScript, server *testserver.Server, key, change string) {
	now := body(ts, string(call(ts, server, http.MethodGet, path(key), nil)))
	call(ts, server, http.MethodPut, path(key), schema.Merge(now, body(ts, change)))
}

func call(ts *testscript.TestScript, server *testserver.Server, method, path string, body any) []byte {
	var answer rawJSON
	status, err := server.Do(context.Background(), method, path, body, &answer)
	ts.Check(err)
	if status >= 300 {
		ts.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return answer
}

// rawJSON is an answer as it came.
type rawJSON []byte

func (r *rawJSON) UnmarshalJSON(data []byte) error {
	*r = append((*r)[:0], data...)
	return nil
}

func loginCmd(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: [!] login SERIAL USER PASSWORD")
	}
	server := ts.Value(sftpgoKey{}).(*sftpgoServers).bySerial[args[0]]
	err := testserver.LoginSFTP(context.Background(), server.SFTPAddr(), args[1], ssh.Password(args[2]))
	switch {
	case neg && !errors.Is(err, testserver.ErrDenied):
		ts.Fatalf("want the credentials refused, got %v", err)
	case !neg:
		ts.Check(err)
	}
}

func bcryptCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: bcrypt VARIABLE PASSWORD")
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(args[1]), bcrypt.MinCost)
	ts.Check(err)
	ts.Setenv(args[0], string(hash))
}
