package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/providers/node"
	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

const dumpedCluster = `package mft

import "github.com/gitops-reconciler/reconciler/providers/node"

cluster: node.#Cluster & {
	name: "mft"
	peers: "1": address: "http://n1.test"
	// Whatever a node can hold.
	#provider: kinds: thing: {class: "options", #body: {...}}
}
`

// TestDumpOfANodePlansEmpty fills a node with odd items, dumps it, and plans what was dumped: what is written
// is what the node holds, and what cannot be written so is said.
func TestDumpOfANodePlansEmpty(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{"cluster.cue": []byte(dumpedCluster)}
	cluster := load.Load(load.Input{Dir: ".", Files: files}).Cluster
	definition, err := rest.Parse(cluster.Provider)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		server, stop := fill(t)
		defer stop()
		client, err := definition.Open(server+"/v1", rest.Credentials{}, rest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		kinds := []string{"folder", "host", "thing"}
		observed, err := client.Observe(context.Background(), kinds)
		if err != nil {
			t.Fatal(err)
		}
		d := gather(cluster, []reconcile.Surveyed{{Serial: "1", Items: listed(observed)}}, choice{not: func(schema.Key) bool { return false }})
		shown, err := json.Marshal(load.Shown{Items: d.shown()})
		if err != nil {
			t.Fatal(err)
		}
		d.fit(answered(t, load.Load(load.Input{Dir: ".", Files: files, Fit: shown}).Fits))
		planned := replanned(t, d, files, observed)
		odd, unwritten := map[schema.Key]bool{}, 0
		for h, f := range d.fitted {
			odd[h.Key] = f.Problem != "" || len(f.Added) > 0
			if f.Problem != "" {
				unwritten++
			}
		}
		if planned.Foreign != unwritten {
			t.Fatalf("%d items are not in what was dumped, and %d could not be written", planned.Foreign, unwritten)
		}
		for _, change := range planned.Changes {
			if !odd[change.Key] {
				t.Fatalf("dumped and planned at once: %s %v", change, change.Fields)
			}
		}
		for h, f := range d.fitted {
			if h.Kind == "thing" && f.Problem != "" && plainNames(map[string]any{h.ID: map[string]any(observed.Kinds[h.Kind].Items[h.ID])}) {
				t.Fatalf("%s is not written: %s", h.Key, f.Problem)
			}
		}
	})
}

// answered is what a child says, as it arrives.
func answered(t *rapid.T, said *load.Fits) (fits load.Fits) {
	data, err := json.Marshal(said)
	if err == nil {
		err = json.Unmarshal(data, &fits)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fits
}

// fill starts a node and puts items on it, as many as it takes of those that are drawn.
func fill(t *rapid.T) (address string, stop func()) {
	dir, err := os.MkdirTemp("", "node-*")
	if err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(dir, node.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(n)
	for kind, body := range map[string]*rapid.Generator[map[string]any]{"folder": folders(), "host": hosts(), "thing": oddObjects(2)} {
		for id, b := range rapid.MapOfN(oddText(), body, 0, 3).Draw(t, kind) {
			data, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			request := httptest.NewRequest(http.MethodPut, "/v1/kinds/"+kind+"/items/"+url.PathEscape("x"+id), strings.NewReader(string(data)))
			n.ServeHTTP(httptest.NewRecorder(), request)
		}
	}
	return server.URL, func() {
		server.Close()
		_ = n.Close()
		_ = os.RemoveAll(dir)
	}
}

// plainNames tells whether all names are ASCII: CUE composes others as Unicode says, and they are not written
// where that makes them other names.
func plainNames(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		for name, below := range value {
			if strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) || !plainNames(below) {
				return false
			}
		}
	case []any:
		for _, below := range value {
			if !plainNames(below) {
				return false
			}
		}
	}
	return true
}

func listed(o schema.Observation) schema.Items {
	items := schema.Items{}
	for kind, listing := range o.Kinds {
		items[kind] = listing.Items
	}
	return items
}

// replanned is what would be done after the dump was committed. Secrets are left as they are.
func replanned(t *rapid.T, d *dump, files map[string][]byte, observed schema.Observation) plan.Peer {
	written, err := d.files()
	if err != nil {
		t.Fatal(err)
	}
	in := load.Input{Dir: ".", Files: map[string][]byte{"cluster.cue": files["cluster.cue"]}}
	for _, file := range written {
		in.Files[file.Name] = file.Data
	}
	result := load.Load(in)
	if result.Cluster == nil {
		t.Fatalf("what was dumped is refused: %v\n%s", result.Problems, in.Files)
	}
	kinds, desired := result.Cluster.Provider.Kinds, result.Cluster.Desired("1")
	for kind, bodies := range desired {
		for id, body := range bodies {
			for _, secret := range kinds[kind].Secrets {
				desired[kind][id] = schema.Remove(body, secret)
			}
		}
	}
	for kind := range kinds {
		if _, shown := observed.Kinds[kind]; !shown {
			delete(kinds, kind)
		}
	}
	return plan.Diff(plan.Input{Serial: "1", Kinds: kinds, Desired: desired, Observed: observed})
}

func folders() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		body := oddObjects(1).Draw(t, "more")
		body["path"] = rapid.OneOf(rapid.Just("/"), rapid.Map(oddText(), func(s string) string { return "/" + s }), oddText()).Draw(t, "path")
		body["quota"] = rapid.OneOf(rapid.Just[any](json.Number("123456789012345678901234567890")), oddValue(0)).Draw(t, "quota")
		return body
	})
}

func hosts() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		body := oddObjects(1).Draw(t, "more")
		body["address"], body["protocol"] = oddText().Draw(t, "address"), rapid.SampledFrom([]string{"as2", "sftp", "https", "gopher"}).Draw(t, "protocol")
		body["enabled"] = rapid.SampledFrom([]any{true, false, nil, "yes"}).Draw(t, "enabled")
		body["tags"] = rapid.SliceOfN(oddText(), 0, 3).Draw(t, "tags")
		if rapid.Bool().Draw(t, "signs in") {
			body["password"] = "canary"
		}
		return body
	})
}

// oddText is what people and programs do write, and then some: quotes, escapes, breaks, words of CUE.
func oddText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{
			"", "true", "null", "_", "_x", "#x", "1a", "a-b", "for", "\\(x)", "a\nb\n", "\n", "a\r\nb", "\ta\n\tb", "\"\"\"\n\"\"\"", "#\"\"\"#", "\\", "\"", "'",
			"\u0000", "\u2028", "\ufeffbom", "\U0001F600", "e\u0301", "\ufffd", "-----BEGIN\nx\n-----END\n", " a ", "a\\nb", "#(x)", "\\#(x)\n\"",
		}),
	)
}

func oddValue(depth int) *rapid.Generator[any] {
	plain := rapid.OneOf(
		rapid.Map(oddText(), func(s string) any { return s }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.Int64(), func(i int64) any { return i }),
		rapid.Map(rapid.Float64(), func(f float64) any { return f }),
		rapid.SampledFrom([]any{nil, 0, 1e21, 1e-7, 0.1, json.Number("1.50"), json.Number("123456789012345678901234567890"), json.Number("-1E3"), []any{}, map[string]any{}, []any{[]any{nil}}}),
	)
	if depth == 0 {
		return plain
	}
	return rapid.OneOf(
		plain,
		rapid.Map(oddObjects(depth-1), func(o map[string]any) any { return o }),
		rapid.Map(rapid.SliceOfN(oddValue(depth-1), 0, 3), func(l []any) any { return l }),
	)
}

func oddObjects(depth int) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(oddText(), oddValue(depth), 0, 4)
}
