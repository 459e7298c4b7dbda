package node

import (
	"strings"
	"testing"
	"time"
)

// zeros is the digest of no items.
var zeros = strings.Repeat("0", 64)

// digestOfA is that of {"a": {}}, by: printf '\0\0\0\0\0\0\0\1a{}' | sha256sum.
const digestOfA = "ae4d08d49a54c04c68e00769ad1849e527d8b073df05c140aec94bc1dd53b6c5"

// TestAnswers tells one node's story; a step sees what earlier ones wrote.
func TestAnswers(t *testing.T) {
	n := newNode(t, Options{Name: "n1", Version: "v1", Clock: func() time.Time {
		return time.Date(2026, 1, 2, 4, 4, 5, 6, time.FixedZone("", 3600))
	}})
	status := func(revision, kinds string) string {
		return `{"api":"1","name":"n1","instance":"` + n.store.instance + `","version":"v1","started":"2026-01-02T03:04:05Z","revision":` + revision + `,"kinds":{` + kinds + `}}`
	}
	for _, step := range []struct {
		request string // method, path, body
		headers []string
		code    int
		want    string
	}{
		{"GET /v1/health", nil, 200, `{"ok":true}`},
		{"GET /v1/status", nil, 200, status("0", "")},
		{"GET /v1/kinds/host/items", nil, 200, `{"items":[]}`},
		{"GET /v1/kinds/host/items/a", nil, 404, `{"error":"host/a: no such item"}`},
		{"DELETE /v1/kinds/host/items/a", nil, 404, `{"error":"host/a: no such item"}`},
		{"GET /v1/status", nil, 200, status("0", "")},

		// Create, replace, and change nothing.
		{`PUT /v1/kinds/host/items/a {"y": 1, "x": [ 1.50, 12345678901234567890, "<&>" ]}`, nil, 201, `{"id":"a","revision":1,"body":{"x":[1.50,12345678901234567890,"<&>"],"y":1}}`},
		{`PUT /v1/kinds/host/items/a {"x":[1.50,12345678901234567890,"\u003c\u0026>"],"y":1}`, nil, 200, `{"id":"a","revision":1,"body":{"x":[1.50,12345678901234567890,"<&>"],"y":1}}`},
		{`PUT /v1/kinds/host/items/a {}`, nil, 200, `{"id":"a","revision":2,"body":{}}`},
		{`PUT /v1/kinds/host/items/a {}`, nil, 200, `{"id":"a","revision":2,"body":{}}`},
		{"GET /v1/kinds/host/items/a", nil, 200, `{"id":"a","revision":2,"body":{}}`},
		{"GET /v1/status", nil, 200, status("2", `"host":{"count":1,"revision":2,"digest":"`+digestOfA+`"}`)},

		// Conditions.
		{`PUT /v1/kinds/host/items/a {"z":1}`, []string{"If-None-Match: *"}, 412, `{"error":"host/a: it is at revision 2, and If-None-Match is *"}`},
		{`PUT /v1/kinds/host/items/a {}`, []string{"If-None-Match: *"}, 412, `{"error":"host/a: it is at revision 2, and If-None-Match is *"}`},
		{`PUT /v1/kinds/host/items/a {"z":1}`, []string{`If-Match: "1"`}, 412, `{"error":"host/a: it is at revision 2, and If-Match is \"1\""}`},
		{`PUT /v1/kinds/host/items/a {"z":1}`, []string{`If-Match: W/"2"`}, 412, `{"error":"host/a: it is at revision 2, and If-Match is W/\"2\""}`},
		{`PUT /v1/kinds/host/items/b {}`, []string{"If-Match: *"}, 412, `{"error":"host/b: it does not exist, and If-Match is *"}`},
		{`DELETE /v1/kinds/host/items/a`, []string{`If-Match: "1"`}, 412, `{"error":"host/a: it is at revision 2, and If-Match is \"1\""}`},
		{`PUT /v1/kinds/host/items/a {"z":1}`, []string{`If-Match: "1", "2"`}, 200, `{"id":"a","revision":3,"body":{"z":1}}`},
		{`PUT /v1/kinds/host/items/a {}`, []string{`If-Match: "1"`, `If-Match: "3"`}, 200, `{"id":"a","revision":4,"body":{}}`},
		{`PUT /v1/kinds/host/items/b {}`, []string{"If-None-Match: *"}, 201, `{"id":"b","revision":5,"body":{}}`},

		// Pages.
		{"GET /v1/kinds/host/items", nil, 200, `{"items":[{"id":"a","revision":4,"body":{}},{"id":"b","revision":5,"body":{}}]}`},
		{"GET /v1/kinds/host/items?limit=1", nil, 200, `{"items":[{"id":"a","revision":4,"body":{}}],"next":"a"}`},
		{"GET /v1/kinds/host/items?limit=1&after=a", nil, 200, `{"items":[{"id":"b","revision":5,"body":{}}]}`},
		{"GET /v1/kinds/host/items?limit=5000&after=aa", nil, 200, `{"items":[{"id":"b","revision":5,"body":{}}]}`},
		{"GET /v1/kinds/host/items?after=b", nil, 200, `{"items":[]}`},

		// Removal.
		{"DELETE /v1/kinds/host/items/b", []string{`If-Match: "5"`}, 204, ""},
		{"DELETE /v1/kinds/host/items/b", nil, 404, `{"error":"host/b: no such item"}`},
		{"DELETE /v1/kinds/host/items/a", nil, 204, ""},
		{`PUT /v1/kinds/route/items/a {}`, nil, 201, `{"id":"a","revision":8,"body":{}}`},
		{"GET /v1/status", nil, 200, status("8", `"host":{"count":0,"revision":7,"digest":"`+zeros+`"},"route":{"count":1,"revision":8,"digest":"`+digestOfA+`"}`)},
	} {
		method, rest, _ := strings.Cut(step.request, " ")
		path, body, _ := strings.Cut(rest, " ")
		w := n.do(method, path, body, step.headers...)
		if got := strings.TrimSuffix(w.Body.String(), "\n"); w.Code != step.code || got != step.want {
			t.Errorf("%s %q:\n got %d %s\nwant %d %s", step.request, step.headers, w.Code, got, step.code, step.want)
		}
	}
}

func TestHeaders(t *testing.T) {
	n := newNode(t, Options{Token: "s"})
	path, token := itemPath("host", "a"), "Authorization: bearer s"
	for _, test := range []struct{ method, path, name, want string }{
		{"PUT", path, "ETag", `"1"`},
		{"GET", path, "ETag", `"1"`},
		{"HEAD", path, "ETag", `"1"`},
		{"POST", path, "Allow", "DELETE, GET, HEAD, PUT"},
		{"POST", "/v1/status", "Allow", "GET, HEAD"},
		{"PUT", "/v1/kinds/host/items", "Allow", "GET, HEAD, POST"},
	} {
		if got := n.do(test.method, test.path, "{}", token).Header().Get(test.name); got != test.want {
			t.Errorf("%s %s: %s is %q, want %q", test.method, test.path, test.name, got, test.want)
		}
	}
}
