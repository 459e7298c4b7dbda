package load

import (
	"slices"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestFollowsWhateverTheDefault wants an item to be known as one that follows also if its default is where some peer is:
// as long as it is not certain who holds what, it must be left alone.
func TestFollowsWhateverTheDefault(t *testing.T) {
	t.Parallel()
	for _, fallback := range []string{"nobody", "1001", "1002", "1003"} {
		want := []schema.Key{{Kind: "host", ID: "globex"}}
		if got := Load(following(fallback)); !slices.Equal(got.Follow, want) {
			t.Errorf("%s: got %v, %v", fallback, got.Follow, got.Problems)
		}
	}
}

// following is a cluster with a host that is where a role is, or else where fallback says.
func following(fallback string) Input {
	return around(`cluster: items: host: globex: {address: *cluster.active.ingest.holder | "` + fallback + `", protocol: "as2"}`)
}
