package roles

import (
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestAnotherWayThere: a peer is connected to anew when it is reached in another way, be it its sidecar only.
func TestAnotherWayThere(t *testing.T) {
	t.Parallel()
	before := schema.Peer{Address: "n1", Sidecar: schema.Sidecar{Address: "n1"}, Alias: "east"}
	for name, change := range map[string]func(*schema.Peer){
		"address":               func(p *schema.Peer) { p.Address = "n2" },
		"port":                  func(p *schema.Peer) { p.SecurePort = 8443 },
		"credentials":           func(p *schema.Peer) { p.Credentials.User = "u" },
		"sidecar":               func(p *schema.Peer) { p.Sidecar.Address = "n2" },
		"sidecar's credentials": func(p *schema.Peer) { p.Sidecar.Credentials.Token = "env:T" },
	} {
		after := before
		change(&after)
		if same(before, after) {
			t.Errorf("another %s: it stays connected in the old way", name)
		}
	}
	after := before
	after.Alias = "west"
	if !same(before, after) {
		t.Error("another alias: it is connected to anew")
	}
}
