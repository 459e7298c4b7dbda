package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const bulkPath = "/v1/kinds/host/items"

// TestBulk tells one story; a step sees what earlier ones wrote.
func TestBulk(t *testing.T) {
	n := newNode(t, Options{})
	for _, step := range []struct {
		body string
		code int
		want string
	}{
		{`{"items":[]}`, 200, `{"results":[]}`},
		{`{"items":[{"id":"a","body":{"y": 1, "x":1.50}},{"id":"b","body":{}}]}`, 200, `{"results":[{"id":"a","status":201,"revision":1},{"id":"b","status":201,"revision":2}]}`},
		{`{"items":[{"id":"b","body":{}},{"body":{"z":1},"id":"a","ifMatch":"\"1\""}]}`, 200, `{"results":[{"id":"b","status":200,"revision":2},{"id":"a","status":200,"revision":3}]}`},

		// One that is refused does not stop the others.
		{
			`{"items":[{"id":"a","body":{},"ifMatch":"\"1\""},{"id":"b","body":[]},{"id":"c","delete":true},{"id":"b","delete":true}]}`, 400,
			`{"error":"host: item 4: id \"b\": a second time"}`,
		},
		{
			`{"items":[{"id":"a","body":{},"ifMatch":"\"1\""},{"id":"c","delete":true},{"id":"d","body":{},"ifNoneMatch":"*"},{"id":"b","delete":true,"ifMatch":"\"2\""}]}`, 200,
			`{"results":[{"id":"a","status":412,"error":"host/a: it is at revision 3, and If-Match is \"1\""},{"id":"c","status":404,"error":"host/c: no such item"},{"id":"d","status":201,"revision":4},{"id":"b","status":204,"revision":5}]}`,
		},
		{`{"items":[{"id":"d","body":null},{"id":"e","body":{}}]}`, 200, `{"results":[{"id":"d","status":400,"error":"host/d: body: not a JSON object"},{"id":"e","status":201,"revision":6}]}`},

		// What cannot be understood stores nothing at all.
		{`[]`, 400, `{"error":"host: body: an array, not a JSON object"}`},
		{`{}`, 400, `{"error":"host: want {\"items\": [...]}, a list of objects and nothing else"}`},
		{`{"items":null}`, 400, `{"error":"host: want {\"items\": [...]}, a list of objects and nothing else"}`},
		{`{"items":[],"more":1}`, 400, `{"error":"host: want {\"items\": [...]}, a list of objects and nothing else"}`},
		{`{"items":[{"id":"x","body":{}},{"id":"y"}]}`, 400, `{"error":"host: item 2: want either a body, or \"delete\": true"}`},
		{`{"items":[{"id":"y","body":{},"delete":true}]}`, 400, `{"error":"host: item 1: want either a body, or \"delete\": true"}`},
		{`{"items":[{"id":"y","delete":false}]}`, 400, `{"error":"host: item 1: want either a body, or \"delete\": true"}`},
		{`{"items":[{"id":"y","ID":"z","body":{}}]}`, 400, `{"error":"host: item 1: unknown field \"ID\""}`},
		{`{"items":[{"id":7,"body":{}}]}`, 400, `{"error":"host: item 1: id: the wrong type of value"}`},
		{`{"items":[{"id":"y","body":{},"ifMatch":null}]}`, 400, `{"error":"host: item 1: ifMatch: the wrong type of value"}`},
		{`{"items":[{"body":{}}]}`, 400, `{"error":"host: item 1: id \"\": it is empty"}`},
		{`{"items":[{"id":"..","body":{}}]}`, 400, `{"error":"host: item 1: id \"..\": a URL cannot carry it"}`},
		{`{"items":[{"id":"y","body":{"a":1,"a":2}}]}`, 400, `{"error":"host: body: duplicate key \"a\" at byte 37"}`},
		{`{"items":[` + strings.Repeat(`{"id":"x","body":{}},`, maxBulkItems) + `{"id":"y","body":{}}]}`, 413, `{"error":"host: 1001 items, want at most 1000 in one request"}`},
	} {
		w := n.do("POST", bulkPath, step.body)
		if got := strings.TrimSuffix(w.Body.String(), "\n"); w.Code != step.code || got != step.want {
			t.Errorf("%.200s:\n got %d %s\nwant %d %s", step.body, w.Code, got, step.code, step.want)
		}
	}
	want := `[{"id":"a","revision":3,"body":{"z":1}},{"id":"d","revision":4,"body":{}},{"id":"e","revision":6,"body":{}}]`
	if got, err := encode(n.list(t, "host", 500)); err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// TestBulkLimits are those of a PUT for each item, and one for the whole.
func TestBulkLimits(t *testing.T) {
	n := newNode(t, Options{})
	large := `{"x":"` + strings.Repeat("x", maxBodyBytes) + `"}`
	w := n.do("POST", bulkPath, `{"items":[{"id":"a","body":`+large+`},{"id":"deep","body":`+nested(maxDepth)+`}]}`)
	want := `{"results":[{"id":"a","status":413,"error":"host/a: the body is over 1048576 bytes"},{"id":"deep","status":201,"revision":1}]}` + "\n"
	if w.Code != 200 || w.Body.String() != want {
		t.Errorf("%d %s, want %s", w.Code, w.Body, want)
	}
	w = n.do("POST", bulkPath, `{"items":[{"id":"a","body":`+nested(maxDepth+1)+`}]}`)
	if w.Code != 400 || !strings.Contains(w.Body.String(), "nested too deep") {
		t.Errorf("too deep: %d %s", w.Code, w.Body)
	}
	r := httptest.NewRequest("POST", bulkPath, io.MultiReader(strings.NewReader(`{"items":[`), bytes.NewReader(make([]byte, maxBulkBytes))))
	recorder := httptest.NewRecorder()
	n.ServeHTTP(recorder, r)
	if want := `{"error":"host: the body is over 16777216 bytes"}` + "\n"; recorder.Code != 413 || recorder.Body.String() != want {
		t.Errorf("%d %s, want %s", recorder.Code, recorder.Body, want)
	}
}

// single is an entry of a bulk write, as a request of its own.
type single struct {
	ID          string          `json:"id"`
	Body        json.RawMessage `json:"body,omitempty"`
	Delete      bool            `json:"delete,omitempty"`
	IfMatch     string          `json:"ifMatch,omitempty"`
	IfNoneMatch string          `json:"ifNoneMatch,omitempty"`
}

// drawSingles has conditions that some revision about now may fulfil.
func drawSingles(t *rapid.T, now uint64) []single {
	tags := rapid.SampledFrom([]string{"", "", "*", etag(now), etag(now - 1), etag(now + 1)})

	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) single {
		s := single{ID: rapid.SampledFrom([]string{"a", "b", "c", "d/e", "é"}).Draw(t, "id")}
		if s.Delete = rapid.Bool().Draw(t, "delete"); !s.Delete {
			s.Body = json.RawMessage(rapid.SampledFrom([]string{`{}`, `{"a":1}`, `{"b":{"c":[1.0]}}`}).Draw(t, "body"))
		}
		s.IfMatch = tags.Draw(t, "if-match")
		s.IfNoneMatch = tags.Draw(t, "if-none-match")
		return s
	}), 0, 5, func(s single) string { return s.ID }).Draw(t, "entries")
}

func (s single) send(n *Node, kind string) *httptest.ResponseRecorder {
	method := "PUT"
	if s.Delete {
		method = "DELETE"
	}
	var headers []string
	if s.IfMatch != "" {
		headers = append(headers, "If-Match: "+s.IfMatch)
	}
	if s.IfNoneMatch != "" {
		headers = append(headers, "If-None-Match: "+s.IfNoneMatch)
	}
	return n.do(method, itemPath(kind, s.ID), string(s.Body), headers...)
}

// TestBulkIsItsParts compares bulk writes with the same writes one by one, on
// another node.
func TestBulkIsItsParts(t *testing.T) {
	whole, parts := newNode(t, Options{}), newNode(t, Options{})
	fresh := 0 // a kind is used once, so that each begins empty
	rapid.Check(t, func(r *rapid.T) {
		fresh++
		kind := fmt.Sprintf("k%d", fresh)
		for range rapid.IntRange(1, 4).Draw(r, "requests") {
			singles := drawSingles(r, whole.status(t).Revision)
			body, err := encode(map[string]any{"items": singles})
			if err != nil {
				r.Fatal(err)
			}
			var got struct{ Results []result }
			if w := whole.do("POST", "/v1/kinds/"+kind+"/items", string(body)); w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &got) != nil || len(got.Results) != len(singles) {
				r.Fatalf("%s: %d %s", body, w.Code, w.Body)
			}
			for i, s := range singles {
				w := s.send(parts, kind)
				var want struct{ Error string }
				_ = json.Unmarshal(w.Body.Bytes(), &want) // a 204 has none
				if got.Results[i].Status != w.Code || got.Results[i].Error != want.Error || got.Results[i].ID != s.ID {
					r.Fatalf("%+v: %+v, alone %d %s", s, got.Results[i], w.Code, w.Body)
				}
			}
		}
		if diff := cmp.Diff(parts.status(t).Kinds[kind], whole.status(t).Kinds[kind]); diff != "" {
			r.Fatal(diff)
		}
		if diff := cmp.Diff(parts.list(t, kind, 500), whole.list(t, kind, 500), cmp.AllowUnexported(item{})); diff != "" {
			r.Fatal(diff)
		}
	})
}

// TestBulkOrNothing breaks the file, so that the last of the items cannot be
// written, and looks for the first.
func TestBulkOrNothing(t *testing.T) {
	n := newNode(t, Options{})
	n.plant(t, "host", 1, "{")
	w := n.do("POST", bulkPath, `{"items":[{"id":"a","body":{}},{"id":"0000","body":{}}]}`)
	if w.Code != 500 || !strings.Contains(w.Body.String(), "read host/0000") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := n.do("GET", itemPath("host", "a"), ""); w.Code != http.StatusNotFound {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = n.do("GET", "/v1/components", "")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"store":{"ok":false,"detail":"the last write failed, and stored nothing: read host/0000`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
