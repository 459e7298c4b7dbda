//go:build sftpgo

package sftpgo_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/providers/sftpgo/testserver"
	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// TestTwoPartnersOnThreeServers: what Git says is what partners meet, on any of three servers: they sign in
// with password and key, what one uploads is encrypted on the disk, and a rule tells a server of ours.
func TestTwoPartnersOnThreeServers(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "memory", "memory", "sqlite")
	method, key := newKey(t)
	home := filepath.Join(t.TempDir(), "globex")
	calls := make(chan string, 3)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		user, password, _ := r.BasicAuth()
		calls <- user + ":" + password + " " + string(body)
	}))
	t.Cleanup(hook.Close)
	f.secrets = map[string]string{"env:GLOBEX": "globex-password", "env:SEAL": "sesame", "env:HOOK": "hook-password"}
	items := fmt.Sprintf(`
		user: globex: {
			home_dir: %q, password: "env:GLOBEX", public_keys: [%q]
			filesystem: {provider: 4, cryptconfig: passphrase: "env:SEAL"}
		}
		action: tell: {type: 1, options: http_config: {endpoint: %q, username: "sftpgo", password: "env:HOOK", body: "{{Event}} {{Name}} {{VirtualPath}}"}}
		rule: uploads: {trigger: 1, conditions: {fs_events: ["upload"], options: fs_paths: [{pattern: "/*.csv"}]}, actions: [{name: "tell"}]}
	`, home, key, hook.URL)
	f.converges(items)
	upload := func(server *testserver.Server, auth ssh.AuthMethod) {
		t.Helper()
		if err := testserver.Upload(t.Context(), server.SFTPAddr(), "globex", "/a.csv", "readable", auth); err != nil {
			t.Fatal(err)
		}
		if got := <-calls; got != "sftpgo:hook-password upload globex /a.csv" {
			t.Errorf("the hook got %q", got)
		}
	}
	for serial, server := range f.servers {
		for _, auth := range []ssh.AuthMethod{ssh.Password("globex-password"), method} {
			if err := testserver.LoginSFTP(t.Context(), server.SFTPAddr(), "globex", auth); err != nil {
				t.Errorf("%s: %v", serial, err)
			}
		}
		upload(server, method)
	}
	if data, err := os.ReadFile(filepath.Join(home, "a.csv")); err != nil || len(data) == 0 || strings.Contains(string(data), "readable") {
		t.Errorf("on the disk: %q, %v", data, err)
	}
	// Other fields change, and no secret is lost.
	f.converges(strings.NewReplacer(`password: "env:GLOBEX"`, `password: "env:GLOBEX", description: "d"`, `username: "sftpgo"`, `username: "sftpgo", timeout: 5`).Replace(items))
	upload(f.servers["1"], ssh.Password("globex-password"))
}

// restarting restarts its server before the write of that number, when no other is under way.
type restarting struct {
	*rest.Client
	server *testserver.Server

	mu     sync.RWMutex
	first  sync.Mutex
	before int
}

func (r *restarting) Write(ctx context.Context, change plan.Change, observed schema.Body) error {
	r.first.Lock()
	r.before--
	now := r.before == 0
	r.first.Unlock()
	if now {
		r.mu.Lock()
		err := r.server.Restart(ctx)
		r.mu.Unlock()
		if err != nil {
			return err
		}
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.Client.Write(ctx, change, observed)
}

func (r *restarting) Read(ctx context.Context, key schema.Key) (schema.Body, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.Client.Read(ctx, key)
}

// TestTokensDieInTheMiddle of an apply: a server that is restarted then knows none of them any more.
func TestTokensDieInTheMiddle(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "sqlite", "memory")
	f.wrap = func(serial string, client *rest.Client) reconcile.Provider {
		if serial != "1" {
			return client
		}
		return &restarting{Client: client, server: f.servers[serial], before: 15}
	}
	var items strings.Builder
	for i := range 15 {
		_, _ = fmt.Fprintf(&items, "folder: f%d: mapped_path: \"/srv/f%d\"\nuser: u%d: {home_dir: \"/srv\", virtual_folders: [{name: \"f%d\", virtual_path: \"/f\"}]}\n", i, i, i, i)
	}
	f.converges(items.String())
}

// TestPasswordsThatSomebodyChanged are seen, of users and of administrators, and put back.
func TestPasswordsThatSomebodyChanged(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "memory")
	f.secrets = map[string]string{"env:ALICE": "alice's", "env:DESK": "desk's"}
	const items = `
		user: alice: {home_dir: "/srv/alice", password: "env:ALICE"}
		admin: desk: {permissions: ["view_users", "manage_folders"], password: "env:DESK"}
	`
	f.converges(items)
	f.edit("1", "/users/alice", map[string]any{"password": "stolen"})
	f.edit("1", "/admins/desk", map[string]any{"password": "stolen"})
	f.plans(items, "1 ~ admin/desk (changed on the peer) password", "1 ~ user/alice (changed on the peer) password")
	f.converges(items)
	for name, password := range map[string]string{"alice": "alice's", "desk": "desk's"} {
		path := map[string]string{"alice": "/api/v2/user/token", "desk": "/api/v2/token"}[name]
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, f.servers["1"].URL()+path, nil)
		request.SetBasicAuth(name, password)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != 200 {
			t.Errorf("%s signs in: %s", name, answer.Status)
		}
	}
}

// TestAnAccountThatMayNotSeePasswords: they are compared with what was last written.
func TestAnAccountThatMayNotSeePasswords(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "memory")
	f.secrets = map[string]string{"env:ALICE": "alice's", "env:LIMITED": "admin-password"}
	const all = `
		admin: limited: {permissions: ["add_users", "edit_users", "del_users", "view_users", "manage_folders", "manage_groups", "view_status"], password: "env:LIMITED"}
	`
	f.converges(all)
	limited := newFleet(t)
	limited.servers, limited.secrets, limited.user, limited.shares = f.servers, f.secrets, "limited", "options: false, schedule: false"
	const users = `user: alice: {home_dir: "/srv/alice", password: "env:ALICE"}`
	limited.converges(users)
	f.edit("1", "/users/alice", map[string]any{"password": "stolen"})
	limited.plans(users)
	limited.secrets["env:ALICE"] = "rotated"
	limited.plans(users, "1 ~ user/alice (changed in Git) password")
}

// TestStorageThatSomebodyChanged: with it goes its secret, which is sent again; otherwise it is kept.
func TestStorageThatSomebodyChanged(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "sqlite")
	f.secrets = map[string]string{"env:SEAL": "sesame", "env:HOOK": "hook"}
	items := `
		folder: sealed: {mapped_path: "/srv/sealed", description: "one", filesystem: {provider: 4, cryptconfig: passphrase: "env:SEAL"}}
		action: tell: {type: 1, description: "one", options: http_config: {endpoint: "https://a.example", password: "env:HOOK"}}
	`
	const passphrase, password = "/filesystem/cryptconfig/passphrase/payload", "/options/http_config/password/payload"
	f.converges(items)
	sealed, hook := f.show("1", "/folders/sealed", passphrase), f.show("1", "/eventactions/tell", password)
	items = strings.ReplaceAll(items, `"one"`, `"two"`)
	f.converges(items)
	if f.show("1", "/folders/sealed", passphrase) != sealed || f.show("1", "/eventactions/tell", password) != hook {
		t.Error("the secrets are others")
	}
	f.edit("1", "/folders/sealed", map[string]any{"filesystem": map[string]any{"provider": 0}})
	f.plans(items, "1 ~ folder/sealed (changed on the peer) filesystem.provider")
	f.converges(items)
	if f.show("1", "/folders/sealed", passphrase) == nil {
		t.Error("the secret is gone")
	}
	f.secrets["env:HOOK"] = "rotated"
	f.plans(items, "1 ~ action/tell (changed in Git) options.http_config.password")
	f.converges(items)
	if f.show("1", "/eventactions/tell", password) == hook {
		t.Error("the secret is the old one")
	}
}

// TestWhomWeSignInAs is not there, neither to be deleted nor to be changed; the others are.
func TestWhomWeSignInAs(t *testing.T) {
	t.Parallel()
	server, p := start(t, testserver.Options{Driver: "memory"}), provider(t)
	client := open(t, p, server)
	other := schema.Body{"status": int64(1), "permissions": []any{"view_users"}, "password": secret("other-password")}
	key := func(id string) schema.Key { return schema.Key{Kind: "admin", ID: id} }
	if err := client.Write(t.Context(), plan.Change{Key: key("admin2"), Action: plan.Create, Body: other}, nil); err != nil {
		t.Fatal(err)
	}
	observation, err := client.Observe(t.Context(), []string{"admin"})
	if err != nil {
		t.Fatal(err)
	}
	if items := observation.Kinds["admin"].Items; len(items) != 1 || items["admin2"] == nil {
		t.Errorf("it lists %v", items)
	}
	if _, err := client.Read(t.Context(), key("admin")); schema.CauseOf(err) != schema.Rejected || !strings.Contains(err.Error(), "whom we sign in as") {
		t.Errorf("got %v", err)
	}
}

// TestTheLeverOfARule switches it, and nothing else of it.
func TestTheLeverOfARule(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "memory")
	f.converges(`
		action: backup: type: 4
		rule: nightly: {trigger: 3, description: "d", conditions: schedules: [{hour: "2"}], actions: [{name: "backup"}]}
	`)
	p := provider(t)
	client, key := open(t, p, f.servers["1"]), schema.Key{Kind: "rule", ID: "nightly"}
	lever := p.Kinds["rule"].Lever
	for want, body := range []schema.Body{schema.Body(lever.Standby.(map[string]any)), lever.Active} {
		observed, err := client.Read(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Write(t.Context(), plan.Change{Key: key, Action: plan.Update, Body: body}, observed); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(f.show("1", "/eventrules/nightly", "/status"), f.show("1", "/eventrules/nightly", "/conditions/schedules"), f.show("1", "/eventrules/nightly", "/description")); got != fmt.Sprint(want, []any{map[string]any{"hour": "2", "day_of_week": "*", "day_of_month": "*", "month": "*"}}, "d") {
			t.Errorf("it is %s", got)
		}
	}
}

// TestReferencesToNothing have one cause, though each driver says so in its own way.
func TestReferencesToNothing(t *testing.T) {
	t.Parallel()
	for _, driver := range []string{"memory", "sqlite"} {
		server, p := start(t, testserver.Options{Driver: driver}), provider(t)
		client := open(t, p, server)
		everything := map[string]any{"/": []any{"*"}}
		folders := []any{map[string]any{"name": "nowhere", "virtual_path": "/n", "quota_size": -1, "quota_files": -1}}
		for name, body := range map[string]schema.Body{
			"user/folder":  {"home_dir": "/srv", "permissions": everything, "virtual_folders": folders},
			"user/group":   {"home_dir": "/srv", "permissions": everything, "groups": []any{map[string]any{"name": "nowhere", "type": 1}}},
			"user/role":    {"home_dir": "/srv", "permissions": everything, "role": "nowhere"},
			"group/folder": {"virtual_folders": folders},
			"admin/role":   {"permissions": []any{"view_users"}, "password": secret("p"), "role": "nowhere"},
			"admin/group":  {"permissions": []any{"view_users"}, "password": secret("p"), "groups": []any{map[string]any{"name": "nowhere"}}},
			"rule/action":  {"trigger": 6, "actions": []any{map[string]any{"name": "nowhere", "order": 1}}},
		} {
			kind, id, _ := strings.Cut(name, "/")
			err := client.Write(t.Context(), plan.Change{Key: schema.Key{Kind: kind, ID: id}, Action: plan.Create, Body: body}, nil)
			if schema.CauseOf(err) != schema.Dangling {
				t.Errorf("%s: %s: got %v", driver, name, err)
			}
		}
	}
}
