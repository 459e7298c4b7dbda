package rest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// TestIDsAreOneSegmentOfThePath reads and writes items whose ids mean something in a URL.
func TestIDsAreOneSegmentOfThePath(t *testing.T) {
	for _, id := range []string{
		"a/b", "/", "ü", "日本", "%2F", "%", ".", "..", "...", "a/../b", "?", "a?b=c", "#", " ", " a b ", "+", "a+b",
		";", "a;b", "&", "=", ":", "@", `\`, `"`, "'", "<>", "{id}", "|", "^", "`", "~", "*", "!", "$", ",",
	} {
		p := newPeer(t, setup{}, func(w http.ResponseWriter, r *http.Request) {
			segment, ok := strings.CutPrefix(r.URL.EscapedPath(), "/api/boxes/")
			got, err := url.PathUnescape(segment)
			if !ok || err != nil || got != id || r.URL.RawQuery != "" || segment == "." || segment == ".." || strings.Contains(segment, "/") {
				t.Errorf("%q: %s %s?%s", id, r.Method, r.URL.EscapedPath(), r.URL.RawQuery)
			}
			quoted, _ := encode(id)
			say(200, `{"id": `+string(quoted)+`, "body": {}}`)(w, r)
		})
		key := schema.Key{Kind: "box", ID: id}
		if body, err := p.Read(t.Context(), key); err != nil || body == nil {
			t.Errorf("%q: read: %v", id, err)
		}
		for _, action := range []plan.Action{plan.Create, plan.Update, plan.Delete} {
			if err := p.Write(t.Context(), plan.Change{Key: key, Action: action, Body: schema.Body{}}, nil); err != nil {
				t.Errorf("%q: %s: %v", id, action, err)
			}
		}
	}
}

// TestNoID: without an id the path would be that of the list.
func TestNoID(t *testing.T) {
	p := newPeer(t, setup{}, hang)
	_, err := p.Read(t.Context(), schema.Key{Kind: "thing"})
	failed(t, err, schema.Rejected, "needs an id")
	failed(t, p.Write(t.Context(), plan.Change{Key: schema.Key{Kind: "thing"}, Action: plan.Delete}, nil), schema.Rejected, "needs an id")
	if got := p.count(""); got != 0 {
		t.Errorf("asked %d times", got)
	}
}

func TestThePathOfTheAddress(t *testing.T) {
	for address, want := range map[string]string{"": "/api/things/a", "/": "/api/things/a", "/behind/a%20proxy/": "/behind/a%20proxy/things/a"} {
		p := newPeer(t, setup{}, say(200, okThing))
		client := connect(t, define(t, setup{}), p.server.URL+address, setup{})
		if _, err := client.Read(t.Context(), schema.Key{Kind: "thing", ID: "a"}); err != nil || p.count("GET "+want) != 1 {
			t.Errorf("%q: asked %s, %v", address, p.asked, err)
		}
	}
}
