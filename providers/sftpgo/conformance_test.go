//go:build sftpgo

package sftpgo_test

import (
	"os"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/providers/providertest"
	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/providers/sftpgo/testserver"
	"github.com/gitops-reconciler/reconciler/schema"
)

func TestConformance(t *testing.T) {
	for driver, many := range map[string]map[string]int{
		"sqlite": {"folder": 601}, // it waits for the disk
		"memory": {"folder": 1001, "user": 601},
	} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			server := start(t, testserver.Options{Driver: driver})
			wire := providertest.NewWire(t, server.URL())
			suite := providertest.Suite{
				Cases: os.DirFS("testdata"),
				Open: func(t testing.TB, p schema.Provider) providertest.Client {
					return openAt(t, p, wire.URL())
				},
				Wire: wire,
				Words: map[string]string{
					"group/mask":          `400 Bad Request: Validation error: could not parse allowed IP/Mask "192.0.2.0/240"`,
					"group/twice":         `400 Bad Request: Validation error: the folder "theirs" is duplicated`,
					"user/rootless":       `400 Bad Request: Validation error: no permissions granted for the directory: "/"`,
					"user/keyless":        "400 Bad Request: Validation error: error parsing public key",
					"user/unlocked":       "400 Bad Request: Validation error: could not validate SFTP fs config: credentials cannot be empty",
					"folder/keyless":      "400 Bad Request: Validation error: could not validate s3config: access_secret cannot be empty",
					"admin/blank":         "400 Bad Request: Validation error: please set a password",
					"admin/super":         "400 Bad Request: Validation error: a role admin cannot be a super admin",
					"action/forbidden":    `400 Bad Request: Validation error: command "/bin/false" is not allowed`,
					"action/nothing":      "400 Bad Request: Validation error: nothing to delete!",
					"rule/never":          "400 Bad Request: Validation error: invalid schedule",
					"rule/late":           `400 Bad Request: Validation error: event "pre-upload" requires at least a sync action`,
					"allowed/300.0.0.0/8": "400 Bad Request: Validation error: invalid network",
					"safe/10.0.0.0/33":    "400 Bad Request: Validation error: invalid network",
				},
				Many: many,
			}
			if driver != "memory" { // which a restart would empty
				suite.Restart = func(t testing.TB) {
					t.Helper()
					if err := server.Restart(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			providertest.Run(t, suite)
		})
	}
}

// start runs an empty server with SFTPGo's own limits until the test ends.
func start(t *testing.T, o testserver.Options) *testserver.Server {
	t.Helper()
	binary, err := testserver.Build(t.Context(), "testserver/build", "", t.Output())
	if err != nil {
		t.Fatal(err)
	}
	o.Dir = t.TempDir()
	server, err := binary.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func open(t testing.TB, p schema.Provider, server *testserver.Server) *rest.Client {
	t.Helper()
	return openAt(t, p, server.URL())
}

func openAt(t testing.TB, p schema.Provider, address string) *rest.Client {
	t.Helper()
	definition, err := rest.Parse(p)
	if err != nil {
		t.Fatal(err)
	}
	credentials := rest.Credentials{User: "admin", Password: schema.NewSecret("admin-password", nil)}
	options := patient()
	options.Wait = 10 * time.Millisecond
	client, err := definition.Open(address, credentials, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// patient bounds a request only by the test's own end: where others need the machine, a server hashes a
// password in seconds, and those that wait for their turn would be over before it comes.
func patient() rest.Options { return rest.Options{Timeout: time.Hour} }
