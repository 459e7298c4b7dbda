package rest

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestWhomWeSignInAsIsSkipped, and nobody whose name only looks like that.
func TestWhomWeSignInAsIsSkipped(t *testing.T) {
	for user, want := range map[string]string{"a.b": "B a.b.c axb", "b": "a.b a.b.c axb", "": "B a.b a.b.c axb", "(": "B a.b a.b.c axb"} {
		p := newPeer(t, setup{
			list:        `{"path": "/list"}, "skip": {"/name": "(?i)^{user}$"}`,
			credentials: Credentials{User: user},
		}, say(200, `[{"name": "a.b"}, {"name": "axb"}, {"name": "a.b.c"}, {"name": "B"}]`))
		items, err := p.listed(t)
		if got := strings.Join(slices.Sorted(maps.Keys(items)), " "); err != nil || got != want {
			t.Errorf("as %q: got %q, %v, want %q", user, got, err, want)
		}
	}
}

// TestTwoWhoSignInShareADefinition, and each of them its own account.
func TestTwoWhoSignInShareADefinition(t *testing.T) {
	s := setup{list: `{"path": "/list"}, "skip": {"/name": "^{user}$"}`}
	d := define(t, s)
	p := newPeer(t, s, say(200, `[{"name": "a"}, {"name": "b"}]`))
	clients := map[string]*Client{}
	for _, user := range []string{"a", "b"} {
		clients[user] = connect(t, d, p.server.URL, setup{credentials: Credentials{User: user}})
	}
	for user, client := range clients {
		items, err := client.list(t.Context(), "list")
		if _, there := items[user]; err != nil || there || len(items) != 1 {
			t.Errorf("as %q: got %v, %v", user, items, err)
		}
	}
}
