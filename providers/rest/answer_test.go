package rest

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

func bodyOf(t *testing.T, r *http.Request) string {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	return string(data)
}

// endless writes until nobody reads any more.
func endless(w io.Writer, r *http.Request) {
	for err := error(nil); err == nil && r.Context().Err() == nil; {
		_, err = io.WriteString(w, strings.Repeat(" ", 4096))
	}
}

func TestAnswersThatAreTooLong(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"endless":         func(w http.ResponseWriter, r *http.Request) { endless(w, r) },
		"endless refusal": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(400); endless(w, r) },
		"one byte more":   say(200, okThing+strings.Repeat(" ", 4097-len(okThing))),
		"gzip": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			endless(gzip.NewWriter(w), r)
		},
	} {
		p := newPeer(t, setup{options: Options{MaxBytes: 4096}}, handler)
		t.Run(name, func(t *testing.T) {
			failed(t, p.read(t), schema.Garbled, "longer than 4096 bytes")
		})
	}
	p := newPeer(t, setup{options: Options{MaxBytes: 4096}}, say(200, okThing+strings.Repeat(" ", 4096-len(okThing))))
	if err := p.read(t); err != nil {
		t.Errorf("just long enough: %v", err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := newPeer(t, setup{}, say(200, okThing))
	for _, status := range []int{301, 302, 303, 307, 308} {
		p := newPeer(t, setup{api: `{"auth": {"type": "basic"}}`, credentials: Credentials{User: "u"}}, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.server.URL+"/else", status)
		})
		failed(t, p.read(t), schema.Garbled, "/else", "redirects are not followed")
		failed(t, p.write(t, plan.Create, "thing", schema.Body{}), schema.Garbled)
	}
	if got := elsewhere.count(""); got != 0 {
		t.Errorf("the other server was asked %d times", got)
	}
}

func TestAnswersThatAreNoItem(t *testing.T) {
	for body, want := range map[string]string{
		"":                                "its answer (200 OK) is empty",
		"<html>Please sign in</html>":     "not JSON (invalid character '<' looking for beginning of value): <html>Please sign in",
		`{"name": "a"`:                    "not JSON",
		`{"name": "a"} {}`:                "more than one JSON value",
		strings.Repeat("[", 20000):        "not JSON",
		`null`:                            "an item has no text at /name",
		`[{"name": "a"}]`:                 "an item has no text at /name",
		`{"id": "a"}`:                     "an item has no text at /name",
		`{"name": 1}`:                     "an item has no text at /name",
		`{"name": "b"}`:                   `it answers with item "b"`,
		strings.Repeat("é\n", 5000) + "]": strings.Repeat("é ", 66) + "é...",
	} {
		failed(t, newPeer(t, setup{}, say(200, body)).read(t), schema.Garbled, want)
	}
}

func TestTruncatedAnswer(t *testing.T) {
	p := newPeer(t, setup{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		say(200, okThing)(w, nil)
	})
	failed(t, p.read(t), schema.Unreachable, "broke off")
}

func TestAnswersThatAreNoList(t *testing.T) {
	for body, want := range map[string]string{
		"":                         "is empty",
		`{}`:                       `no list at "/items"`,
		`[]`:                       `no list at "/items"`,
		`null`:                     `no list at "/items"`,
		`{"error": "oh"}`:          `no list at "/items"`,
		`{"items": {}}`:            `no list at "/items"`,
		`{"items": "a"}`:           `no list at "/items"`,
		`{"items": [1]}`:           "no text at /name",
		`{"items": [{"name":""}]}`: "no text at /name",
	} {
		p := newPeer(t, setup{list: `{"path": "/list", "items": "/items"}`}, say(200, body))
		_, err := p.listed(t)
		failed(t, err, schema.Garbled, want)
	}
	for _, body := range []string{`{"items": []}`, `{"items": null}`} {
		p := newPeer(t, setup{list: `{"path": "/list", "items": "/items"}`}, say(200, body))
		if items, err := p.listed(t); err != nil || len(items) != 0 {
			t.Errorf("%s: got %v, %v, want no items", body, items, err)
		}
	}
	_, err := newPeer(t, setup{}, say(404, "")).listed(t)
	failed(t, err, schema.Garbled, "it has no /list")
}

func TestItemsWithoutABody(t *testing.T) {
	for _, answer := range []string{`{"id": "a"}`, `{"id": "a", "body": null}`, `{"id": "a", "body": []}`} {
		p := newPeer(t, setup{}, say(200, answer))
		_, err := p.Read(t.Context(), schema.Key{Kind: "box", ID: "a"})
		failed(t, err, schema.Garbled, `item "a" has no object at "/body"`)
	}
}

func TestMissing(t *testing.T) {
	p := newPeer(t, setup{}, say(404, `{"error": "no such group"}`))
	body, err := p.Read(t.Context(), schema.Key{Kind: "thing", ID: "a"})
	if body != nil || err != nil {
		t.Errorf("read: got %v, %v", body, err)
	}
	if err := p.write(t, plan.Delete, "thing", nil); err != nil {
		t.Errorf("delete: %v", err)
	}
	failed(t, p.write(t, plan.Create, "thing", schema.Body{}), schema.Rejected, "404 Not Found: no such group")
	failed(t, p.write(t, plan.Update, "thing", schema.Body{}), schema.Rejected, "404 Not Found: no such group")
}

func TestRefusalsAreInTheServersWords(t *testing.T) {
	for _, test := range []struct {
		status int
		body   string
		cause  schema.Cause
		want   string
	}{
		{400, `{"error": "name is\n too   long"}`, schema.Rejected, "create thing/a: rejected: 400 Bad Request: name is too long"},
		{400, `{"message": "m"}`, schema.Rejected, `400 Bad Request: {"message": "m"}`},
		{400, `{"error": {"code": 7}}`, schema.Rejected, "map[code:7]"},
		{409, "taken", schema.Rejected, "409 Conflict: taken"},
		{412, "", schema.Stale, "412 Precondition Failed: (it gives no reason)"},
		{422, "no \xff\xfe", schema.Rejected, "no ?"},
		{401, "", schema.Unauthorised, "401 Unauthorized"},
		{403, "", schema.Unauthorised, "403 Forbidden"},
		{500, "oh", schema.Garbled, "500 Internal Server Error: oh"},
		{429, "", schema.Busy, "429 Too Many Requests"},
	} {
		p := newPeer(t, setup{}, say(test.status, test.body))
		failed(t, p.write(t, plan.Create, "thing", schema.Body{}), test.cause, test.want)
	}
}
