//go:build unix

package fleet_test

import (
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/fleet"
)

// TestSaysThatItEnds: a node that is told to end says so in its last heartbeat. Another follows, long before the silence
// would have been taken for its death.
func TestSaysThatItEnds(t *testing.T) {
	t.Parallel()
	at := free(t)
	f := with(t, fleet.Config{
		Serials: []string{"1001", "1002"}, Tick: 20 * time.Millisecond,
		Cluster: leased("2s", "1h") + "\n	health: {listen: \"" + at + "\", heartbeat: \"400ms\"}",
		Flags:   []string{"--heartbeat", "http://" + at, "--heartbeat-every", "400ms"},
	})
	w := world{t, f, t.Context()}
	holder := w.well()
	w.must(w.Node(holder.serial).Signal(syscall.SIGTERM))
	if code, err := w.Node(holder.serial).Wait(); code != 0 || err != nil {
		t.Errorf("it ends with %d, %v", code, err)
	}
	w.followed(holder)
	w.says(w.Controller.Log, holder.serial+".*CLOSE")
	w.must(w.StartNode(w.life, holder.serial))
	w.well() // another start of it speaks
	w.proven()
}

// free is a port of this machine that nobody has just now.
func free(t *testing.T) string {
	t.Helper()
	on, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := on.Close(); err != nil {
		t.Fatal(err)
	}
	return on.Addr().String()
}
