package rest

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

const tagged = `{"etag": true}`

var itemA = schema.Key{Kind: "thing", ID: "a"}

// tagging answers a read with a tag, and tells what came with the writes.
func tagging(header, trailer string, matches chan<- string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			matches <- r.Header.Get("If-Match")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if header != "" {
			w.Header().Set("ETag", header)
		}
		w.Header().Set("Trailer", "ETag")
		say(200, okThing)(w, r)
		flush(w)
		w.Header().Set("ETag", trailer)
	}
}

func TestWritesSayForWhichStateTheyAre(t *testing.T) {
	for name, test := range map[string]struct{ api, header, trailer, want string }{
		"header":     {tagged, `"17"`, "", `"17"`},
		"trailer":    {tagged, "", `"/config/apps 9f3c"`, `"/config/apps 9f3c"`},
		"weak":       {tagged, `W/"17"`, "", ""},
		"none":       {tagged, "", "", ""},
		"not in use": {`{}`, `"17"`, "", ""},
	} {
		for _, action := range []plan.Action{plan.Update, plan.Delete} {
			matches := make(chan string, 1)
			p := newPeer(t, setup{api: test.api}, tagging(test.header, test.trailer, matches))
			observed, err := p.Read(t.Context(), itemA)
			if err == nil {
				err = p.Write(t.Context(), plan.Change{Key: itemA, Action: action, Body: schema.Body{}}, observed)
			}
			if got := <-matches; err != nil || got != test.want {
				t.Errorf("%s, %s: If-Match: %q, %v; want %q", name, action, got, err, test.want)
			}
		}
	}
}

// TestATagBelongsToItsBody: what was observed some other way was not observed with the last tag.
func TestATagBelongsToItsBody(t *testing.T) {
	matches := make(chan string, 4)
	p := newPeer(t, setup{api: tagged}, tagging(`"17"`, "", matches))
	write := func(action plan.Action, observed schema.Body) string {
		t.Helper()
		if err := p.Write(t.Context(), plan.Change{Key: itemA, Action: action, Body: schema.Body{}}, observed); err != nil {
			t.Fatal(err)
		}
		return <-matches
	}
	first, _ := p.Read(t.Context(), itemA)
	second, _ := p.Read(t.Context(), itemA)
	if got := write(plan.Update, first); got != "" {
		t.Errorf("an older body: If-Match: %s", got)
	}
	if got := write(plan.Update, second); got != "" {
		t.Errorf("a body that was used before: If-Match: %s", got)
	}
	third, _ := p.Read(t.Context(), itemA)
	if got := write(plan.Update, third); got != `"17"` {
		t.Errorf("the last body: If-Match: %q", got)
	}
	_, _ = p.Read(t.Context(), itemA)
	if got := write(plan.Create, nil); got != "" {
		t.Errorf("a create: If-Match: %s", got)
	}
}

// TestStale: 412 is somebody else's change, unless it can be our own.
func TestStale(t *testing.T) {
	for name, test := range map[string]struct {
		first http.HandlerFunc
		cause schema.Cause
		words string
	}{
		"somebody else's": {nil, schema.Stale, "412 Precondition Failed: it is at revision 18"},
		"perhaps our own": {reset, schema.Garbled, "it was sent before, and may have been done then"},
		"after a gateway": {say(502, ""), schema.Garbled, "it was sent before"},
		"after busy":      {say(503, ""), schema.Stale, "revision 18"},
	} {
		var writes atomic.Int32
		p := newPeer(t, setup{api: `{"etag": true, "error": "/error"}`}, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodGet:
				w.Header().Set("ETag", `"17"`)
				say(200, okThing)(w, r)
			case test.first != nil && writes.Add(1) == 1:
				test.first(w, r)
			default:
				say(412, `{"error": "it is at revision 18"}`)(w, r)
			}
		})
		observed, err := p.Read(t.Context(), itemA)
		if err == nil {
			err = p.Write(t.Context(), plan.Change{Key: itemA, Action: plan.Update, Body: schema.Body{}}, observed)
		}
		t.Run(name, func(t *testing.T) { failed(t, err, test.cause, test.words) })
	}
}
