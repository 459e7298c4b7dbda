package rest

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// written is what arrived of one write.
type written struct{ request, body, ifNoneMatch string }

// capture makes a change of the item "a b" and returns what arrived.
func capture(t *testing.T, action plan.Action, kind string, body, observed schema.Body) written {
	t.Helper()
	var got written
	p := newPeer(t, setup{}, func(w http.ResponseWriter, r *http.Request) {
		got = written{r.Method + " " + r.URL.EscapedPath(), bodyOf(t, r), r.Header.Get("If-None-Match")}
		w.WriteHeader(204)
	})
	change := plan.Change{Key: schema.Key{Kind: kind, ID: "a b"}, Action: action, Body: body}
	if err := p.Write(t.Context(), change, observed); err != nil {
		t.Error(err)
	}
	return got
}

func TestWrite(t *testing.T) {
	body := schema.Body{"x": int64(1), "rights": map[string]any{"/": []any{"*"}}, "deep": map[string]any{"y": "<&>"}}
	observed := schema.Body{
		"name": "a b", "id": int64(7), "x": int64(2), "theirs": "kept", "big": json.Number("12345678901234567890"),
		"rights": map[string]any{"/": []any{"list"}, "/old": []any{"*"}}, "deep": map[string]any{"z": true},
	}
	for _, test := range []struct {
		action plan.Action
		kind   string
		want   written
	}{
		{plan.Create, "thing", written{"POST /api/things", `{"deep":{"y":"<&>"},"name":"a b","rights":{"/":["*"]},"x":1}`, ""}},
		{plan.Create, "box", written{"PUT /api/boxes/a%20b", `{"deep":{"y":"<&>"},"rights":{"/":["*"]},"x":1}`, "*"}},
		// What nobody wrote stays, what is compared whole is replaced whole.
		{plan.Update, "thing", written{"PUT /api/things/a%20b", `{"big":12345678901234567890,"deep":{"y":"<&>","z":true},"id":7,"name":"a b","rights":{"/":["*"]},"theirs":"kept","x":1}`, ""}},
		{plan.Update, "box", written{"PUT /api/boxes/a%20b", `{"deep":{"y":"<&>"},"rights":{"/":["*"]},"x":1}`, ""}},
		{plan.Delete, "thing", written{"DELETE /api/things/a%20b", "", ""}},
	} {
		if got := capture(t, test.action, test.kind, body, observed); got != test.want {
			t.Errorf("%s %s:\n got %+v\nwant %+v", test.action, test.kind, got, test.want)
		}
	}
	if len(body) != 3 || len(observed) != 7 || len(observed["rights"].(map[string]any)) != 2 {
		t.Error("an argument was changed")
	}
}

// TestAtomicObjectsNobodyWroteStay: only what is authored is replaced.
func TestAtomicObjectsNobodyWroteStay(t *testing.T) {
	got := capture(t, plan.Update, "thing", schema.Body{"x": int64(1)}, schema.Body{"rights": map[string]any{"/old": []any{}}})
	if want := `{"name":"a b","rights":{"/old":[]},"x":1}`; got.body != want {
		t.Errorf("got %s, want %s", got.body, want)
	}
}

func TestWithKeyWritesADeepKey(t *testing.T) {
	k := kind{Key: keys{point("/meta/a~1b")}}
	got, err := encode(k.withKey([]string{"id"}, map[string]any{"meta": map[string]any{"x": 1}}))
	if want := `{"meta":{"a/b":"id","x":1}}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestWriteOfAnUnknownKind(t *testing.T) {
	p := newPeer(t, setup{}, hang)
	failed(t, p.write(t, plan.Create, "nothing", schema.Body{}), schema.Rejected, `create nothing/a`, `a product has no kind "nothing"`)
	if got := p.count(""); got != 0 {
		t.Errorf("asked %d times", got)
	}
}

func TestParseRefusesAnotherEnginesWords(t *testing.T) {
	for name, p := range map[string]schema.Provider{
		"provider product: api":             {Name: "product", API: json.RawMessage(`{"inFlight": "many"}`)},
		"provider product: kinds.thing.api": {Name: "product", API: json.RawMessage(`{}`), Kinds: map[string]schema.Kind{"thing": {API: json.RawMessage(`{"key": 1}`)}}},
	} {
		if _, err := Parse(p); err == nil || err.Error()[:len(name)] != name {
			t.Errorf("got %v, want %s: ...", err, name)
		}
	}
}
