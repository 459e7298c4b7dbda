//go:build unix

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// client speaks to a node as node.cue says.
func client(t *testing.T, address string) *rest.Client {
	t.Helper()
	cluster := []byte("package cluster\n\nimport \"github.com/gitops-reconciler/reconciler/providers/node\"\n\ncluster: node.#Cluster & {name: \"nodes\"}\n")
	definition, err := rest.Parse(load.Load(load.Input{Dir: ".", Files: map[string][]byte{"cluster.cue": cluster}}).Cluster.Provider)
	if err != nil {
		t.Fatal(err)
	}
	c, err := definition.Open(address, rest.Credentials{}, rest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestLeasesOverTheEngine has the engine and a real node speak to each other, in the words of schema.
func TestLeasesOverTheEngine(t *testing.T) {
	t.Parallel()
	n := spawn(t, nil, "--dir", t.TempDir())
	defer n.kill(t)
	c, place := client(t, n.url), schema.Place{Role: "scheduler", Number: 3}
	if !c.Leases() {
		t.Fatal("node.cue does not say how to speak of leases")
	}
	first, err := c.Tenure(t.Context())
	if err != nil || first.Boot == "" || first.Now <= 0 || len(first.Places) > 0 {
		t.Fatalf("%+v, %v", first, err)
	}
	const epoch = 1<<63 + 1 // no float, and no signed number either
	g := schema.Grant{Store: "s1", Boot: first.Boot, Place: place, Epoch: epoch, Until: first.Now + time.Minute, StopWithin: time.Second}
	if err := c.Grant(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	held, err := c.Tenure(t.Context())
	want := schema.Tenure{Store: "s1", Boot: first.Boot, Now: held.Now, Places: map[schema.Place]schema.Tenant{place: {Epoch: epoch, State: schema.Active, Until: g.Until}}}
	if diff := cmp.Diff(want, held); diff != "" || err != nil || held.Now <= first.Now {
		t.Errorf("%v %s", err, diff)
	}
	g.Epoch--
	if err := c.Grant(t.Context(), g); schema.CauseOf(err) != schema.Rejected || !strings.Contains(err.Error(), "grant scheduler/3: rejected: 409 Conflict: refuse scheduler/3 at epoch 9223372036854775808: this node has seen epoch 9223372036854775809") {
		t.Errorf("a lower epoch: %v", err)
	}
	given, err := c.Revoke(t.Context(), schema.Revoke{Store: "s1", Place: place, Epoch: epoch + 1})
	if got := given.Places[place]; err != nil || got != (schema.Tenant{Epoch: epoch + 1, State: schema.Passive}) {
		t.Errorf("revoked: %+v, %v", got, err)
	}
}
