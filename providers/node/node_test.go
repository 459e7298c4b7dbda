package node

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func openNode(t testing.TB, dir string, o Options) *Node {
	t.Helper()
	n, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

// newNode is an empty node that does not wait for the disk.
func newNode(t testing.TB, o Options) *Node {
	t.Helper()
	o.NoSync = true
	return openNode(t, t.TempDir(), o)
}

// do makes a request without a network; headers are "Name: value".
func (n *Node) do(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	n.ServeHTTP(w, r)
	return w
}

func (n *Node) status(t testing.TB) (s status) {
	t.Helper()
	unmarshal(t, n.do("GET", "/v1/status", ""), &s)
	return s
}

func unmarshal(t testing.TB, w *httptest.ResponseRecorder, value any) {
	t.Helper()
	if w.Code >= 300 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), value); err != nil {
		t.Fatal(err)
	}
}

func itemPath(kind, id string) string {
	return "/v1/kinds/" + kind + "/items/" + url.PathEscape(id)
}

func TestKinds(t *testing.T) {
	dir := t.TempDir()
	n := openNode(t, dir, Options{NoSync: true})
	for _, kind := range []string{"host", "old"} {
		n.do("PUT", itemPath(kind, "a"), "{}")
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = openNode(t, dir, Options{NoSync: true, Kinds: []string{"host", "route"}})
	got := n.status(t).Kinds
	if len(got) != 2 || got["host"].Count != 1 || got["route"] != (totals{}) {
		t.Errorf("kinds %v", got)
	}
	w := n.do("GET", "/v1/kinds/old/items", "")
	if want := `{"error":"kind \"old\": unknown; this node serves host, route"}` + "\n"; w.Code != 400 || w.Body.String() != want {
		t.Errorf("got %d %s, want %s", w.Code, w.Body, want)
	}
	if _, err := Open(dir, Options{Kinds: []string{"Bad"}}); err == nil || !strings.Contains(err.Error(), `kind "Bad": want`) {
		t.Errorf("opened with a bad kind: %v", err)
	}
}

func TestInternalError(t *testing.T) {
	n := newNode(t, Options{})
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	for _, request := range []string{"GET /v1/status", "GET /v1/kinds/host/items", "GET /v1/kinds/host/items/a", "POST /v1/kinds/host/items", "PUT /v1/kinds/host/items/a", "DELETE /v1/kinds/host/items/a"} {
		method, path, _ := strings.Cut(request, " ")
		w := n.do(method, path, `{"items":[]}`)
		if w.Code != http.StatusInternalServerError || !bytes.Contains(w.Body.Bytes(), []byte("database not open")) {
			t.Errorf("%s after Close: %d %s", request, w.Code, w.Body)
		}
	}
}

func TestLog(t *testing.T) {
	var log bytes.Buffer
	n := newNode(t, Options{Logger: testLogger(&log), Token: "s3cret"})
	token := "Authorization: Bearer s3cret"
	for _, request := range []string{"PUT {\"password\":\"canary\"}", "PUT {\"password\":\"canary\"}", "GET ", "DELETE ", "DELETE "} {
		method, body, _ := strings.Cut(request, " ")
		n.do(method, itemPath("host", "a"), body, token)
	}
	want := "level=INFO msg=write method=PUT kind=host id=a revision=1\nlevel=INFO msg=write method=DELETE kind=host id=a revision=2\n"
	if diff := cmp.Diff(want, log.String()); diff != "" {
		t.Error(diff)
	}
}
