package rest

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

const byCursor = `{"path": "/list", "items": "/items", "page": {"limit": "limit", "size": 2, "cursor": "after", "next": "/more/next"}}`

// track answers each cursor as given; "" is the first page.
func track(t *testing.T, pages map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.FormValue("after")]
		if !ok || r.FormValue("limit") != "2" || r.FormValue("after") == "" && r.Form.Has("after") {
			t.Errorf("asked %s", r.URL)
		}
		say(200, page)(w, r)
	}
}

func TestCursors(t *testing.T) {
	for name, test := range map[string]struct {
		pages map[string]string
		count int
		fails string
	}{
		"three pages":        {map[string]string{"": `{"items":[{"name":"a"},{"name":"b"}],"more":{"next":"b&c=d"}}`, "b&c=d": `{"items":[{"name":"c"}],"more":{"next":"c"}}`, "c": `{"items":[{"name":"d"}]}`}, 4, ""},
		"an empty page":      {map[string]string{"": `{"items":[{"name":"a"}],"more":{"next":"b"}}`, "b": `{"items":[],"more":{"next":"c"}}`, "c": `{"items":[{"name":"d"}],"more":{"next":""}}`}, 2, ""},
		"null at the end":    {map[string]string{"": `{"items":[{"name":"a"}],"more":{"next":null}}`}, 1, ""},
		"the same again":     {map[string]string{"": `{"items":[],"more":{"next":"b"}}`, "b": `{"items":[],"more":{"next":"b"}}`}, 0, `the cursor "b" a second time`},
		"a circle":           {map[string]string{"": `{"items":[],"more":{"next":"b"}}`, "b": `{"items":[],"more":{"next":"c"}}`, "c": `{"items":[],"more":{"next":"b"}}`}, 0, `the cursor "b" a second time`},
		"a number":           {map[string]string{"": `{"items":[],"more":{"next":7}}`}, 0, "no text at /more/next"},
		"no list on page 2":  {map[string]string{"": `{"items":[],"more":{"next":"b"}}`, "b": `{}`}, 0, `no list at "/items"`},
		"no item on page 2":  {map[string]string{"": `{"items":[{"name":"a"}],"more":{"next":"b"}}`, "b": `{"items":[{}]}`}, 0, "no text at /name"},
		"no answer, page 2":  {map[string]string{"": `{"items":[{"name":"a"}],"more":{"next":"b"}}`, "b": ``}, 0, "is empty"},
		"one item two times": {map[string]string{"": `{"items":[{"name":"a"}],"more":{"next":"b"}}`, "b": `{"items":[{"name":"a"}]}`}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			items, err := newPeer(t, setup{list: byCursor}, track(t, test.pages)).listed(t)
			if test.fails != "" {
				failed(t, err, schema.Garbled, test.fails)
				return
			}
			if err != nil || len(items) != test.count {
				t.Errorf("got %d items, %v, want %d", len(items), err, test.count)
			}
		})
	}
}

// TestAListWithoutEnd: every page has something new, and says that there is more.
func TestAListWithoutEnd(t *testing.T) {
	var page atomic.Int64
	p := newPeer(t, setup{list: byCursor, options: Options{MaxBytes: 1000}}, func(w http.ResponseWriter, _ *http.Request) {
		n := page.Add(1)
		say(200, fmt.Sprintf(`{"items": [{"name": "%d", "x": "%s"}], "more": {"next": "%d"}}`, n, strings.Repeat("x", 900), n))(w, nil)
	})
	_, err := p.listed(t)
	failed(t, err, schema.Garbled, "longer than 16000 bytes")
}
