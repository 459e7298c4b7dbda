package node_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/providers/node"
	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/schema"
)

// heard takes every order, and remembers it.
type heard struct {
	mu     sync.Mutex
	orders []any
}

func (h *heard) note(order any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.orders = append(h.orders, order)
}

func (h *heard) Tenure() (node.Tenure, error) { return node.Tenure{Boot: "b1"}, nil }

func (h *heard) Grant(g node.Grant) error { h.note(g); return nil }

func (h *heard) Revoke(r node.Revoke) (node.Tenure, error) { h.note(r); return h.Tenure() }

func (h *heard) Held() map[string]uint64 { return nil }

// TestSidecar: how the engine speaks to a sidecar is how this API is spoken to, and its address leaves out what that of
// a node does.
func TestSidecar(t *testing.T) {
	t.Parallel()
	api, whole := schema.SidecarAPI(), definition()
	if api.Port != whole.Port || api.Path != whole.Path {
		t.Errorf("a sidecar is at %v%s, a node at %v%s", api.Port, api.Path, whole.Port, whole.Path)
	}
	leases := &heard{}
	address := serve(t, node.Options{Token: "s3cret", Leases: leases, NoSync: true})
	sidecar, err := rest.Sidecar()
	if err != nil {
		t.Fatal(err)
	}
	client, err := sidecar.Open(address, rest.Credentials{Token: schema.NewSecret("s3cret", nil)}, rest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if tenure, err := client.Tenure(t.Context()); err != nil || tenure.Boot != "b1" || !client.Leases() {
		t.Errorf("it has %+v, %v", tenure, err)
	}
	place := schema.Place{Role: "report", Number: 2}
	if err := client.Grant(t.Context(), schema.Grant{Store: "s", Boot: "b1", Place: place, Epoch: 3, Until: 9, StopWithin: 1}); err != nil {
		t.Error(err)
	}
	if _, err := client.Revoke(t.Context(), schema.Revoke{Store: "s", Place: place, Epoch: 4}); err != nil {
		t.Error(err)
	}
	leases.mu.Lock()
	defer leases.mu.Unlock()
	want := []any{
		node.Grant{Store: "s", Boot: "b1", Place: node.Place(place), Epoch: 3, Until: 9, StopWithin: 1},
		node.Revoke{Store: "s", Place: node.Place(place), Epoch: 4},
	}
	if diff := cmp.Diff(want, leases.orders); diff != "" {
		t.Error(diff)
	}
}
