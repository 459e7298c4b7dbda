package main

import (
	"context"
	"fmt"

	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/schema"
)

// besides is a server with a sidecar: leases are the sidecar's affair, everything else is the server's own.
type besides struct {
	*rest.Client
	sidecar *rest.Client
}

func (b besides) Leases() bool { return true }

func (b besides) Tenure(ctx context.Context) (schema.Tenure, error) {
	t, err := b.sidecar.Tenure(ctx)
	return t, ofSidecar(err)
}

func (b besides) Grant(ctx context.Context, g schema.Grant) error {
	return ofSidecar(b.sidecar.Grant(ctx, g))
}

func (b besides) Revoke(ctx context.Context, r schema.Revoke) (schema.Tenure, error) {
	t, err := b.sidecar.Revoke(ctx, r)
	return t, ofSidecar(err)
}

// ofSidecar says which of the two it was that failed.
func ofSidecar(err error) error {
	if err != nil {
		return fmt.Errorf("its sidecar: %w", err)
	}
	return nil
}

// besideSidecar has a client speak to the sidecar of its peer too. It connects to no one yet.
func (a *app) besideSidecar(client *rest.Client, c *schema.Cluster, serial string, key []byte) (roles.Peer, error) {
	definition, err := rest.Sidecar()
	if err != nil {
		return nil, err
	}
	address, err := c.SidecarURL(serial)
	if err != nil {
		return nil, fmt.Errorf("sidecar: %w", err)
	}
	sidecar, err := a.client(definition, address.String(), c.Peers[serial].Sidecar.Credentials, a.secrets(), key)
	if err != nil {
		return nil, fmt.Errorf("sidecar: %w", err)
	}
	return besides{client, sidecar}, nil
}
