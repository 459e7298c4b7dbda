//go:build sftpgo

package sftpgo_test

import (
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/ssh"

	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/providers/sftpgo/testserver"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// account is a client of a server, and its user alice.
type account struct {
	*rest.Client
	kind   schema.Kind
	server *testserver.Server
	home   string
}

func newAccount(t *testing.T, body schema.Body) account {
	t.Helper()
	server, p := start(t, testserver.Options{}), provider(t)
	a := account{open(t, p, server), p.Kinds["user"], server, filepath.Join(t.TempDir(), "alice")}
	a.write(t, plan.Create, body)
	return a
}

func (a account) write(t *testing.T, action plan.Action, body schema.Body) {
	t.Helper()
	body = schema.Merge(schema.Body{"home_dir": a.home, "status": int64(1), "permissions": map[string]any{"/": []any{"*"}}}, body)
	change := plan.Change{Key: schema.Key{Kind: "user", ID: "alice"}, Action: action, Body: body}
	observed := a.read(t)
	if err := a.Write(t.Context(), change, observed); err != nil {
		t.Fatal(err)
	}
	if fields := plan.Fields(a.kind, body, a.read(t)); len(fields) > 0 {
		t.Errorf("%s: not as written: %+v", action, fields)
	}
}

func (a account) read(t *testing.T) schema.Body {
	t.Helper()
	body, err := a.Read(t.Context(), schema.Key{Kind: "user", ID: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// edit changes the user past the reconciler.
func (a account) edit(t *testing.T, patch map[string]any) {
	t.Helper()
	status, err := a.server.Do(t.Context(), "PUT", "/users/alice", schema.Merge(a.read(t), patch), nil)
	if err != nil || status != 200 {
		t.Fatalf("status %d, %v", status, err)
	}
}

// logsIn checks who is let in by SFTP: the one password, and not the others.
func (a account) logsIn(t *testing.T, password string, not ...string) {
	t.Helper()
	if err := testserver.LoginSFTP(t.Context(), a.server.SFTPAddr(), "alice", ssh.Password(password)); err != nil {
		t.Error(err)
	}
	for _, other := range not {
		if err := testserver.LoginSFTP(t.Context(), a.server.SFTPAddr(), "alice", ssh.Password(other)); !errors.Is(err, testserver.ErrDenied) {
			t.Errorf("password %s: got %v", other, err)
		}
	}
}

func secret(text string) schema.Secret { return schema.NewSecret(text, nil) }

func hash(t *testing.T, password string) schema.Secret {
	t.Helper()
	hashed, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return secret(string(hashed))
}
