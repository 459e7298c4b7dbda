//go:build sftpgo

package sftpgo_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/providers/sftpgo/testserver"
	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// fleet is a cluster of real servers, and what is remembered of them.
type fleet struct {
	testing.TB
	servers map[string]*testserver.Server
	state   *store.Store
	secrets map[string]string
	user    string // whom we sign in as, with "admin-password"
	shares  string // what each peer shares, in CUE

	wrap func(serial string, client *rest.Client) reconcile.Provider
}

// newFleet starts a server for each of the drivers; the first is peer 1.
func newFleet(t *testing.T, drivers ...string) *fleet {
	t.Helper()
	f := &fleet{TB: t, servers: map[string]*testserver.Server{}, secrets: map[string]string{}, user: "admin"}
	f.wrap = func(_ string, client *rest.Client) reconcile.Provider { return client }
	for i, driver := range drivers {
		f.servers[fmt.Sprint(i+1)] = start(t, testserver.Options{Driver: driver})
	}
	state, err := store.Open(t.TempDir(), store.Holder{}, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = state.Close() })
	f.state = state
	return f
}

func (f *fleet) cluster(items string) *schema.Cluster {
	f.Helper()
	var peers strings.Builder
	for serial, server := range f.servers {
		_, _ = fmt.Fprintf(&peers, "%q: {address: %q, share: {%s}}\n", serial, server.URL(), f.shares)
	}
	text := "package x\n\nimport \"github.com/gitops-reconciler/reconciler/providers/sftpgo\"\n\n" +
		"cluster: sftpgo.#Cluster & {name: \"x\", peers: {" + peers.String() + "}, items: {\n" + items + "\n}}\n"
	result := load.Load(load.Input{Dir: ".", Files: map[string][]byte{"cluster.cue": []byte(text)}})
	for _, problem := range result.Problems {
		f.Error(problem)
	}
	if result.Cluster == nil {
		f.FailNow()
	}
	return result.Cluster
}

// plan compares, and returns the changes too, each "SERIAL ~ kind/id (reason) field...".
func (f *fleet) plan(items string) (*reconcile.Reconciler, *reconcile.Round, []string) {
	f.Helper()
	cluster := f.cluster(items)
	definition, err := rest.Parse(cluster.Provider)
	if err != nil {
		f.Fatal(err)
	}
	r := &reconcile.Reconciler{
		Open: func(serial string, p schema.Peer) (reconcile.Provider, error) {
			credentials := rest.Credentials{User: f.user, Password: schema.NewSecret("admin-password", nil)}
			client, err := definition.Open(p.Address, credentials, patient())
			if err != nil {
				return nil, err
			}
			f.Cleanup(client.Close)
			return f.wrap(serial, client), nil
		},
		Secrets: func(reference string) (string, error) { return f.secrets[reference], nil },
		Key:     f.state.Key(),
		Clock:   time.Now,
	}
	round, err := r.Plan(f.Context(), reconcile.Target{Cluster: cluster, Revision: "r"}, f.state, reconcile.PlanOptions{})
	if err != nil {
		f.Fatal(err)
	}
	var changes []string
	for _, peer := range round.Plan.Peers {
		for _, problem := range peer.Problems {
			f.Errorf("%s: %s", peer.Serial, problem)
		}
		for _, change := range peer.Changes {
			line := peer.Serial + " " + change.String()
			for _, field := range change.Fields {
				line += " " + schema.JoinPath(field.Path)
			}
			changes = append(changes, line)
		}
	}
	return r, round, changes
}

// plans checks what is planned.
func (f *fleet) plans(items string, want ...string) {
	f.Helper()
	if _, _, got := f.plan(items); !slices.Equal(got, want) {
		f.Errorf("planned\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// converges applies, and wants nothing to be left to do.
func (f *fleet) converges(items string) {
	f.Helper()
	r, round, _ := f.plan(items)
	report, err := r.Apply(f.Context(), round, f.state)
	if err != nil {
		f.Fatal(err)
	}
	for _, peer := range report.Peers {
		for _, result := range peer.Results {
			if result.Status != reconcile.Applied {
				f.Errorf("%s: %s: %s: %s", peer.Serial, result.Change, result.Status, result.Error)
			}
		}
	}
	f.plans(items)
}

// edit changes an item past the reconciler, as an administrator's page does.
func (f *fleet) edit(serial, path string, patch map[string]any) {
	f.Helper()
	var now map[string]any
	status, err := f.servers[serial].Do(f.Context(), "GET", path, nil, &now)
	if err == nil && status == 200 {
		status, err = f.servers[serial].Do(f.Context(), "PUT", path, schema.Merge(now, patch), nil)
	}
	if err != nil || status != 200 {
		f.Fatalf("%s: status %d, %v", path, status, err)
	}
}

// show returns an item as its server shows it to whoever may see everything.
func (f *fleet) show(serial, path, pointer string) any {
	f.Helper()
	var now map[string]any
	if status, err := f.servers[serial].Do(f.Context(), "GET", path+"?confidential_data=1", nil, &now); err != nil || status != 200 {
		f.Fatalf("%s: status %d, %v", path, status, err)
	}
	value, _ := schema.Lookup(now, pointer)
	return value
}

// newKey returns a key to sign in with, and how it stands in authorized_keys.
func newKey(t *testing.T) (ssh.AuthMethod, string) {
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
