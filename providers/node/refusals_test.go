package node

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRefusals(t *testing.T) {
	n := newNode(t, Options{})
	long := strings.Repeat("é", 128)
	for _, test := range []struct {
		method, path, body string
		code               int
		want               string
	}{
		{"GET", "/v1/kinds/Host/items", "", 400, `kind "Host": want [a-z][a-zA-Z0-9-]{0,63}`},
		{"GET", "/v1/kinds/h_t/items", "", 400, `kind "h_t": want [a-z][a-zA-Z0-9-]{0,63}`},
		{"PUT", "/v1/kinds/" + strings.Repeat("h", 65) + "/items/a", "{}", 400, `kind "` + strings.Repeat("h", 65) + `": want [a-z][a-zA-Z0-9-]{0,63}`},
		{"DELETE", "/v1/kinds/9/items/a", "", 400, `kind "9": want [a-z][a-zA-Z0-9-]{0,63}`},

		{"PUT", itemPath("host", long), "{}", 400, `id "` + long + `": it is longer than 255 bytes`},
		{"PUT", "/v1/kinds/host/items/%FF", "{}", 400, `id "\xff": it is not valid UTF-8`},
		{"GET", "/v1/kinds/host/items/a%0A", "", 400, `id "a\n": it has a control character`},
		{"DELETE", "/v1/kinds/host/items/%C2%85", "", 400, `id "\u0085": it has a control character`},
		{"PUT", "/v1/kinds/host/items/%2E", "{}", 400, `id ".": a URL cannot carry it`},
		{"PUT", "/v1/kinds/host/items/%2e%2e", "{}", 400, `id "..": a URL cannot carry it`},

		{"PUT", "/v1/kinds/host/items/.", "{}", 400, `path "/v1/kinds/host/items/.": it has an empty or a dot segment; escape the id`},
		{"PUT", "/v1/kinds/host/items/..", "{}", 400, `path "/v1/kinds/host/items/..": it has an empty or a dot segment; escape the id`},
		{"PUT", "/v1/kinds/host/items/", "{}", 400, `path "/v1/kinds/host/items/": it has an empty or a dot segment; escape the id`},
		{"PUT", "/v1/kinds/host/items/a//b", "{}", 400, `path "/v1/kinds/host/items/a//b": it has an empty or a dot segment; escape the id`},
		{"PUT", "/v1/kinds/host/items/a/../b", "{}", 400, `path "/v1/kinds/host/items/a/../b": it has an empty or a dot segment; escape the id`},

		{"GET", "/v1/kinds/host/items?limit=0", "", 400, `limit "0": want a whole number from 1`},
		{"GET", "/v1/kinds/host/items?limit=ten", "", 400, `limit "ten": want a whole number from 1`},
		{"GET", "/v1/kinds/host/items?after=%zz", "", 400, `query: invalid URL escape "%zz"`},

		{"PUT", "/v1/kinds/host/items/a", "", 400, "host/a: body: empty, not a JSON object"},
		{"PUT", "/v1/kinds/host/items/a", "[]", 400, "host/a: body: an array, not a JSON object"},
		{"PUT", "/v1/kinds/host/items/a", `{"x":1} {}`, 400, "host/a: body: trailing data after byte 7"},
		{"PUT", "/v1/kinds/host/items/a", `{"x":1,"x":1}`, 400, `host/a: body: duplicate key "x" at byte 10`},
		{"PUT", "/v1/kinds/host/items/a", `{"x":"` + strings.Repeat("x", maxBodyBytes) + `"}`, 413, "host/a: the body is over 1048576 bytes"},

		{"POST", "/v1/status", "", 405, "POST /v1/status: method not allowed"},
		{"DELETE", "/v1/health", "", 405, "DELETE /v1/health: method not allowed"},
		{"PUT", "/v1/kinds/host/items", "{}", 405, "PUT /v1/kinds/host/items: method not allowed"},
		{"PATCH", "/v1/kinds/host/items/a", "{}", 405, "PATCH /v1/kinds/host/items/a: method not allowed"},
		{"GET", "/", "", 404, "/: no such path"},
		{"GET", "/v2/status", "", 404, "/v2/status: no such path"},
		{"GET", "/v1/kinds/host", "", 404, "/v1/kinds/host: no such path"},
		{"GET", "/v1/kinds/%2F/items", "", 404, "/v1/kinds///items: no such path"},
	} {
		w := n.do(test.method, test.path, test.body)
		var got struct{ Error string }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Errorf("%s %s: %q: %v", test.method, test.path, w.Body, err)
		}
		if w.Code != test.code || got.Error != test.want || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s %s:\n got %d %s\nwant %d %s", test.method, test.path, w.Code, got.Error, test.code, test.want)
		}
	}
	if s := n.status(t); s.Revision != 0 || len(s.Kinds) > 0 {
		t.Errorf("refused requests have written: %+v", s)
	}
}

func TestToken(t *testing.T) {
	n := newNode(t, Options{Token: "s3cret"})
	for _, path := range []string{"/v1/status", "/v1/kinds/host/items", itemPath("host", "a"), "/nowhere", "/v1/../v1/status"} {
		for _, header := range []string{"", "Bearer", "Bearer s3cre", "Bearer s3crets", "Basic s3cret", "s3cret"} {
			w := n.do("GET", path, "", "Authorization: "+header)
			if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s with %q: %d %v", path, header, w.Code, w.Header())
			}
		}
	}
	if w := n.do("GET", "/v1/status", "", "Authorization: Bearer s3cret"); w.Code != http.StatusOK {
		t.Errorf("with the token: %d %s", w.Code, w.Body)
	}
	if w := n.do("GET", "/v1/health", ""); w.Code != http.StatusOK {
		t.Errorf("health: %d %s", w.Code, w.Body)
	}
}

// TestEscapedIDs goes over a real connection: clients and the server's own
// parsing are part of what can go wrong with a path.
func TestEscapedIDs(t *testing.T) {
	n := newNode(t, Options{})
	server := httptest.NewServer(n)
	defer server.Close()
	ids := []string{
		"a/b", "/", "//", "a/", "/a", "a/../b", "...", "a b", "a+b", "%2F", "100%", "a?b=c", "a#b", "a;b,c", "é", "日本",
		`"q"`, `\`, "~", "*", "{id}", ":", "<&>", " ", "\u2028", strings.Repeat("x", 255),
	}
	for _, id := range ids {
		for _, method := range []string{"PUT", "GET"} {
			r, err := http.NewRequestWithContext(t.Context(), method, server.URL+itemPath("host", id), strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			response, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			var got item
			text, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if err != nil || json.Unmarshal(text, &got) != nil || got.ID != id {
				t.Errorf("%s %q: %d %s %v", method, id, response.StatusCode, text, err)
			}
		}
	}
	if got := n.status(t).Kinds["host"].Count; got != len(ids) {
		t.Errorf("%d items, want %d", got, len(ids))
	}
	var raw item
	unmarshal(t, n.do("GET", "/v1/kinds/host/items/a/b", ""), &raw)
	if raw.ID != "a/b" {
		t.Errorf("an unescaped slash: got %q", raw.ID)
	}
}
