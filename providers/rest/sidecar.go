package rest

import "github.com/gitops-reconciler/reconciler/schema"

// Sidecar is how the node's half of leases is called where it runs beside a server, whatever the product of that: it
// speaks the Node API, of which this is the part about leases (providers/node/node.cue).
func Sidecar() (*Definition, error) {
	p := schema.SidecarAPI()
	p.API = []byte(`{
		"auth": {"type": "bearer"},
		"inFlight": 1,
		"error": "/error",
		"leases": {"tenure": "/roles", "grant": "/roles/{role}/{number}", "revoke": "/roles/{role}/{number}/revoke"}
	}`)
	return Parse(p)
}
