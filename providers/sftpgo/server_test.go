//go:build sftpgo

package sftpgo_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/gitops-reconciler/reconciler/providers/sftpgo/testserver"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

func TestPasswords(t *testing.T) {
	t.Parallel()
	a := newAccount(t, schema.Body{"password": hash(t, "first")})
	a.logsIn(t, "first", "", "wrong")
	a.write(t, plan.Update, schema.Body{"description": "no password is written, so the old one stays"})
	a.logsIn(t, "first")
	a.write(t, plan.Update, schema.Body{"password": secret("plain")})
	a.logsIn(t, "plain", "first")
	a.write(t, plan.Update, schema.Body{"password": hash(t, "second")})
	a.logsIn(t, "second", "first", "plain")
	a.write(t, plan.Update, schema.Body{"status": int64(0)})
	if err := testserver.LoginSFTP(t.Context(), a.server.SFTPAddr(), "alice", ssh.Password("second")); !errors.Is(err, testserver.ErrDenied) {
		t.Errorf("a disabled user: got %v", err)
	}
	a.write(t, plan.Update, schema.Body{})
	a.logsIn(t, "second")
}

// TestARestartKillsTokens: the client signs in again by itself.
func TestARestartKillsTokens(t *testing.T) {
	t.Parallel()
	a := newAccount(t, schema.Body{"password": hash(t, "first")})
	for _, again := range []func(){
		func() { a.write(t, plan.Update, schema.Body{"description": "after a restart"}) },
		func() {
			var group sync.WaitGroup
			for range 16 {
				group.Go(func() { a.read(t) })
			}
			group.Wait()
		},
		func() {
			if o, err := a.Observe(t.Context(), []string{"user"}); err != nil || len(o.Kinds["user"].Items) != 1 {
				t.Errorf("got %+v, %v", o, err)
			}
		},
	} {
		if err := a.server.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		again()
	}
	a.logsIn(t, "first")
}

// TestPermissionsAreComparedWhole: a path that only the server has opens a door, so it is a difference,
// and goes.
func TestPermissionsAreComparedWhole(t *testing.T) {
	t.Parallel()
	a := newAccount(t, schema.Body{})
	a.edit(t, map[string]any{"permissions": map[string]any{"/": []any{"*"}, "/door": []any{"*"}}})
	authored := schema.Body{"permissions": map[string]any{"/": []any{"*"}}}
	if fields := plan.Fields(a.kind, authored, a.read(t)); len(fields) != 1 {
		t.Errorf("got %+v, want one difference", fields)
	}
	a.write(t, plan.Update, authored)
	if fields := plan.Fields(a.kind, authored, a.read(t)); len(fields) != 0 {
		t.Errorf("got %+v", fields)
	}
}

// TestWhatSFTPGoLeavesOutIsNoDifference: 0, false and empty lists vanish from its answers.
func TestWhatSFTPGoLeavesOutIsNoDifference(t *testing.T) {
	t.Parallel()
	empty := schema.Body{
		"max_sessions": int64(0), "quota_size": int64(0), "uid": int64(0), "expiration_date": int64(0), "upload_bandwidth": int64(0),
		"public_keys": []any{}, "groups": []any{}, "virtual_folders": []any{}, "email": "", "description": "",
		"filters": map[string]any{"allowed_ip": []any{}, "max_upload_file_size": int64(0)},
	}
	a := newAccount(t, empty) // write compares
	a.edit(t, map[string]any{"max_sessions": int64(4), "email": "a@b.example", "filters": map[string]any{"allowed_ip": []any{"10.0.0.0/8"}}})
	if fields := plan.Fields(a.kind, empty, a.read(t)); len(fields) != 3 {
		t.Errorf("got %+v, want three differences", fields)
	}
	a.write(t, plan.Update, empty)
}

// TestSecretsNobodyWroteStay: an update echoes what the server shows of a secret, which keeps it.
func TestSecretsNobodyWroteStay(t *testing.T) {
	t.Parallel()
	a := newAccount(t, schema.Body{})
	a.edit(t, map[string]any{"filesystem": map[string]any{"provider": int64(4), "cryptconfig": map[string]any{
		"passphrase": map[string]any{"status": "Plain", "payload": "sesame"},
	}}})
	before := a.passphrase(t)
	a.write(t, plan.Update, schema.Body{"description": "still encrypted"})
	if after := a.passphrase(t); before == "" || after != before {
		t.Errorf("the passphrase was %q, and is %q", before, after)
	}
}

// passphrase is the user's encrypted one, which the server shows on demand.
func (a account) passphrase(t *testing.T) string {
	t.Helper()
	var user struct {
		Filesystem struct {
			CryptConfig struct {
				Passphrase struct {
					Payload string `json:"payload"`
				} `json:"passphrase"`
			} `json:"cryptconfig"`
		} `json:"filesystem"`
	}
	if _, err := a.server.Do(t.Context(), "GET", "/users/alice?confidential_data=1", nil, &user); err != nil {
		t.Fatal(err)
	}
	return user.Filesystem.CryptConfig.Passphrase.Payload
}

// TestTheServersOwnLimits: three clients have more in flight than SFTPGo takes from one host, which is
// 20; a plain password keeps each request there for a while.
func TestTheServersOwnLimits(t *testing.T) {
	t.Parallel()
	server, p := start(t, testserver.Options{Driver: "memory"}), provider(t)
	var group sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		client := open(t, p, server)
		for n := range 8 {
			key := schema.Key{Kind: "user", ID: name + string(rune('0'+n))}
			group.Go(func() {
				body := schema.Body{"home_dir": "/srv", "status": int64(1), "permissions": map[string]any{"/": []any{"*"}}, "password": secret("plain")}
				if err := client.Write(t.Context(), plan.Change{Key: key, Action: plan.Create, Body: body}, nil); err != nil {
					t.Error(err)
				}
			})
		}
	}
	group.Wait()
}

func TestAWrongPassword(t *testing.T) {
	t.Parallel()
	server := start(t, testserver.Options{AdminPassword: "another-password"})
	_, err := open(t, provider(t), server).Observe(t.Context(), []string{"user"})
	if schema.CauseOf(err) != schema.Unauthorised {
		t.Errorf("got %v", err)
	}
}

// TestADefinitionThatAllowsTooMuch: sixty writes at once, where SFTPGo takes twenty requests from one host,
// all arrive: the client finds out how many may be in flight.
func TestADefinitionThatAllowsTooMuch(t *testing.T) {
	t.Parallel()
	server, p := start(t, testserver.Options{Driver: "memory"}), provider(t)
	api := bytes.Replace(p.API, []byte(`"inFlight":8`), []byte(`"inFlight":60`), 1)
	if bytes.Equal(api, p.API) {
		t.Fatalf("its bound is not 8 any more: %s", api)
	}
	p.API = api
	client := open(t, p, server)
	var group sync.WaitGroup
	for n := range 60 {
		key := schema.Key{Kind: "user", ID: fmt.Sprint("u", n)}
		group.Go(func() {
			body := schema.Body{"home_dir": "/srv", "status": int64(1), "permissions": map[string]any{"/": []any{"*"}}, "password": secret("plain")}
			if err := client.Write(t.Context(), plan.Change{Key: key, Action: plan.Create, Body: body}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// TestHealth: a live probe needs nobody to be signed in; a deep one asks the data provider.
func TestHealth(t *testing.T) {
	t.Parallel()
	server := start(t, testserver.Options{})
	client := open(t, provider(t), server)
	for _, deep := range []bool{false, true} {
		if err := client.Health(t.Context(), deep); err != nil {
			t.Errorf("deep %t: %v", deep, err)
		}
	}
	stranger := open(t, provider(t), start(t, testserver.Options{AdminPassword: "another-password"}))
	if err := stranger.Health(t.Context(), false); err != nil {
		t.Error(err)
	}
	if err := stranger.Health(t.Context(), true); schema.CauseOf(err) != schema.Unauthorised {
		t.Errorf("got %v", err)
	}
}
