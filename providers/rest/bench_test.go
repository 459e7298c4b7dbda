package rest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// benchItems are as many as a large server has; each has ten fields beside its name.
const benchItems = 10000

const benchKind = `{"key": "/name", "list": {"path": "/list", "page": {"limit": "limit", "size": 500, "offset": "offset"}},
	"update": {"method": "PUT", "path": "/list/{id}"}}`

// pages answers a list from memory, without any network: its pages by offset.
type pages map[int]string

const benchPage = 500

func paged(items []string) pages {
	p := pages{-1: "[" + strings.Join(items, ",") + "]"}
	for offset := range len(items) + 1 {
		if offset%(benchPage-1) == 0 || offset >= len(items)-1 { // pages overlap by one
			p[offset] = "[" + strings.Join(items[offset:min(offset+benchPage, len(items))], ",") + "]"
		}
	}
	return p
}

func (p pages) RoundTrip(r *http.Request) (*http.Response, error) {
	offset, err := strconv.Atoi(r.URL.Query().Get("offset"))
	if err != nil {
		offset = -1 // all at once
	}
	page, ok := p[offset]
	if !ok {
		return nil, fmt.Errorf("no page at %d", offset)
	}
	return &http.Response{StatusCode: 200, Status: "200 OK", Header: http.Header{}, Body: io.NopCloser(strings.NewReader(page)), Request: r}, nil
}

func benchBody(i int) schema.Body {
	return schema.Body{
		"home": fmt.Sprint("/srv/user", i), "email": fmt.Sprintf("user%d@example.com", i), "description": fmt.Sprint("number ", i),
		"status": int64(1), "sessions": int64(3), "quota": int64(1000000 + i), "uid": int64(i), "gid": int64(100),
		"enabled": true, "tags": []any{"a", "b"},
	}
}

func bench(b testing.TB, kind string) (*Client, plan.Input) {
	b.Helper()
	kinds := map[string]schema.Kind{"list": {API: json.RawMessage(kind)}}
	d, err := Parse(schema.Provider{Name: "product", API: json.RawMessage(`{"inFlight": 4}`), Kinds: kinds})
	if err != nil {
		b.Fatal(err)
	}
	in := plan.Input{Kinds: kinds, Desired: schema.Items{"list": map[string]schema.Body{}}, Base: map[schema.Key]plan.Record{}}
	var items []string
	for i := range benchItems {
		id := fmt.Sprint("user", i)
		in.Desired["list"][id] = benchBody(i)
		in.Base[schema.Key{Kind: "list", ID: id}] = plan.Record{Body: benchBody(i)}
		data, err := json.Marshal(schema.Merge(benchBody(i), map[string]any{"name": id}))
		if err != nil {
			b.Fatal(err)
		}
		items = append(items, string(data))
	}
	client := connect(b, d, "http://127.0.0.1:1", setup{})
	client.http.HTTPClient.Transport = paged(items)
	return client, in
}

// compare lists and compares 10,000 items of ten fields that are as they should be, and returns what was
// allocated for it, in bytes.
func compare(t testing.TB, client *Client, in plan.Input) uint64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	observation, err := client.Observe(t.Context(), []string{"list"})
	if err != nil || observation.Kinds["list"].Err != nil {
		t.Fatal(err, observation.Kinds["list"].Err)
	}
	in.Observed = observation
	if p := plan.Diff(in); p.InSync != benchItems {
		t.Fatalf("%d items are in sync", p.InSync)
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func BenchmarkCompare(b *testing.B) {
	client, in := bench(b, benchKind)
	var allocated uint64
	for b.Loop() {
		allocated += compare(b, client, in)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchItems, "ns/item")
	b.ReportMetric(float64(allocated)/float64(b.N)/benchItems, "B/item")
}

// TestListsAreInMemoryOnce: whether they come in pages or as one answer. All that is allocated counts,
// whether or not it is needed to the end; an answer that was kept whole would be some three megabytes more.
func TestListsAreInMemoryOnce(t *testing.T) {
	for name, kind := range map[string]string{"pages": benchKind, "one answer": strings.Replace(benchKind, `, "page":`, `, "none":`, 1)} {
		client, in := bench(t, kind)
		if got, most := compare(t, client, in), uint64(18<<20); got > most {
			t.Errorf("%s: %d bytes were allocated for %d items, want at most %d", name, got, benchItems, most)
		}
	}
}

// accepts answers every write with the item, as most servers do.
type accepts string

func (a accepts) RoundTrip(r *http.Request) (*http.Response, error) {
	_, err := io.Copy(io.Discard, r.Body)
	return &http.Response{StatusCode: 200, Status: "200 OK", Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(a))), Request: r}, err
}

// BenchmarkWrite is what one write costs us, without any network.
func BenchmarkWrite(b *testing.B) {
	kind := schema.Kind{Secrets: []string{"/password"}, API: json.RawMessage(benchKind)}
	d, err := Parse(schema.Provider{Name: "product", API: json.RawMessage(`{"inFlight": 4}`), Kinds: map[string]schema.Kind{"list": kind}})
	if err != nil {
		b.Fatal(err)
	}
	answer, err := json.Marshal(schema.Merge(benchBody(1), map[string]any{"name": "user1"}))
	if err != nil {
		b.Fatal(err)
	}
	client := connect(b, d, "http://127.0.0.1:1", setup{})
	client.http.HTTPClient.Transport = accepts(answer)
	body := schema.Merge(benchBody(1), map[string]any{"password": schema.NewSecret("swordfish", nil)})
	change := plan.Change{Key: schema.Key{Kind: "list", ID: "user1"}, Action: plan.Update, Body: body}
	b.ReportAllocs()
	for b.Loop() {
		if err := client.Write(b.Context(), change, benchBody(1)); err != nil {
			b.Fatal(err)
		}
	}
}
