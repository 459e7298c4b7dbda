package plan

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/schema"
)

func TestSummary(t *testing.T) {
	p := Plan{Peers: []Peer{
		Unreadable("1", "a", errors.New("gone")),
		{Serial: "2", Problems: []string{"list host: busy", "list user: busy"}, Changes: []Change{
			{Action: Create},
			{Action: Update, Reason: FirstContact, Held: true},
			{Action: Update, Reason: Conflict, Held: true},
			{Action: Update, Reason: Conflict},
			{Action: Delete, Reason: Conflict, Held: true},
		}},
	}}
	want := Summary{Create: 1, Update: 3, Delete: 1, Held: 3, Conflicts: 2, Unreadable: 2}
	if d := cmp.Diff(want, p.Summary()); d != "" {
		t.Error(d)
	}
	if n := p.Summary().Changes(); n != 5 {
		t.Error(n)
	}
}

func TestWords(t *testing.T) {
	key := schema.Key{Kind: "host", ID: "globex"}
	for want, c := range map[string]Change{
		"+ host/globex (new in Git)":                                         {Key: key, Action: Create, Reason: New},
		"+ host/globex (deleted on the peer)":                                {Key: key, Action: Create, Reason: Missing},
		"- host/globex (no longer in Git)":                                   {Key: key, Action: Delete, Reason: Removed},
		"~ host/globex (changed in Git)":                                     {Key: key, Action: Update, Reason: Git},
		"~ host/globex (changed on the peer)":                                {Key: key, Action: Update, Reason: Drift},
		"~ host/globex (changed in Git and, differently, on the peer)":       {Key: key, Action: Update, Reason: Conflict},
		"~ host/globex (different on the peer, and never applied from here)": {Key: key, Action: Update, Reason: FirstContact},
		"~ host/globex (another word)":                                       {Key: key, Action: Update, Reason: "another word"},
	} {
		if got := c.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
