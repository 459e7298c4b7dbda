package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// contract is openapi.json.
type contract struct {
	Paths      map[string]map[string]json.RawMessage // path, method
	Components struct{ Responses map[string]promise }

	compiler *jsonschema.Compiler
	kept     map[string]bool // "getItem 200": met in a test
}

type operation struct {
	OperationID string
	RequestBody *struct{ Content media }
	Responses   map[string]promise
}

type promise struct {
	Ref     string `json:"$ref"`
	Headers map[string]struct {
		Required bool
		Schema   struct{ Pattern, Const string }
	}
	Content media
}

type media map[string]struct {
	Schema struct {
		Ref string `json:"$ref"`
	}
}

func readContract(t testing.TB) *contract {
	t.Helper()
	data, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{compiler: jsonschema.NewCompiler(), kept: map[string]bool{}}
	if err := json.Unmarshal(data, c); err != nil {
		t.Fatal(err)
	}
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource("openapi.json", whole); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *contract) operation(path, method string) (o operation, err error) {
	raw := c.Paths[path][strings.ToLower(method)]
	if raw == nil {
		return o, fmt.Errorf("%s %s is not in openapi.json", method, path)
	}
	return o, json.Unmarshal(raw, &o)
}

// valid says in what text differs from the schema.
func (c *contract) valid(m media, text []byte) error {
	schema, err := c.compiler.Compile("openapi.json" + m["application/json"].Schema.Ref)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// do makes a request and says in what the answer is not as promised.
func (c *contract) do(n *Node, method, target, body string, headers ...string) (*httptest.ResponseRecorder, error) {
	w := n.do(method, target, body, headers...)
	_, pattern := n.routes.Handler(httptest.NewRequest(method, target, nil))
	o, err := c.operation(strings.Replace(pattern, "...", "", 1), method)
	if err != nil || strings.Contains(w.Body.String(), "dot segment") {
		return w, c.elsewhere(w)
	}
	p, documented := o.Responses[strconv.Itoa(w.Code)]
	if !documented {
		return w, fmt.Errorf("%s: %d is not in openapi.json: %s", o.OperationID, w.Code, w.Body)
	}
	if name, ok := strings.CutPrefix(p.Ref, "#/components/responses/"); ok {
		p = c.Components.Responses[name]
	}
	if err := c.keeps(p, w); err != nil {
		return w, fmt.Errorf("%s: %d: %w", o.OperationID, w.Code, err)
	}
	if o.RequestBody != nil && w.Code < 300 {
		if err := c.valid(o.RequestBody.Content, []byte(body)); err != nil {
			return w, fmt.Errorf("%s took %s: %w", o.OperationID, body, err)
		}
	}
	c.kept[o.OperationID+" "+strconv.Itoa(w.Code)] = true
	return w, nil
}

// elsewhere is what holds beside the paths and methods that there are.
func (c *contract) elsewhere(w *httptest.ResponseRecorder) error {
	if !slices.Contains([]int{400, 401, 404, 405}, w.Code) || w.Code == 405 && w.Header().Get("Allow") == "" {
		return fmt.Errorf("%d %v", w.Code, w.Header())
	}
	return c.valid(c.Components.Responses["Bad"].Content, w.Body.Bytes())
}

func (c *contract) keeps(p promise, w *httptest.ResponseRecorder) error {
	for name, h := range p.Headers {
		value := w.Header().Get(name)
		if h.Required && value == "" || h.Schema.Const != "" && value != h.Schema.Const || !regexp.MustCompile(h.Schema.Pattern).MatchString(value) {
			return fmt.Errorf("%s: %q", name, value)
		}
	}
	if p.Content == nil {
		if w.Body.Len() > 0 {
			return fmt.Errorf("it has a body: %s", w.Body)
		}
		return nil
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		return fmt.Errorf("Content-Type: %q", got)
	}
	return c.valid(p.Content, w.Body.Bytes())
}

// TestOpenAPI holds openapi.json and the server to each other: every path and
// method of each is in the other, and every documented status is met here, in
// an answer that is as documented.
func TestOpenAPI(t *testing.T) {
	c, n := readContract(t), newNode(t, Options{Name: "n1", Clock: noon.UTC})
	for path, rt := range n.paths() {
		var documented []string
		for method := range c.Paths[path] {
			if method != "parameters" {
				documented = append(documented, strings.ToUpper(method))
			}
			if method == "get" {
				documented = append(documented, "HEAD")
			}
		}
		slices.Sort(documented)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(rt)), documented); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	if len(c.Paths) != len(n.paths()) {
		t.Errorf("%d paths are documented, and there are %d", len(c.Paths), len(n.paths()))
	}

	request := func(n *Node, line string, headers ...string) {
		t.Helper()
		method, rest, _ := strings.Cut(line, " ")
		target, body, _ := strings.Cut(rest, " ")
		if _, err := c.do(n, method, target, body, headers...); err != nil {
			t.Error(err)
		}
	}
	n.do("PUT", itemPath("schedule", "x"), `{"cron":"* * * * *"}`)
	n.fire(t, noon.Add(-1))
	n.fire(t, noon)
	item, items, large := itemPath("host", "a"), "/v1/kinds/host/items", `{"x":"`+strings.Repeat("x", maxBodyBytes)+`"}`
	for _, line := range []string{
		"GET /v1/health", "GET /v1/status", "GET /v1/components", "GET /v1/fires", "GET /v1/fires?after=x",
		"GET " + item, "DELETE " + item, "PUT " + item + ` {"x":[1,null]}`, "PUT " + item + " {}", "GET " + item, "PUT " + item + " []", "PUT " + item + " " + large,
		"GET " + items, "GET " + items + "?limit=1", "GET " + items + "?limit=x", "GET /v1/kinds/host/items/%2E", "DELETE /v1/kinds/host/items/%2E",
		"POST " + items + ` {"items":[{"id":"b","body":{}},{"id":"c","delete":true},{"id":"a","body":{},"ifMatch":"\"1\""},{"id":"d","body":7}]}`,
		"POST " + items + ` {"items":[{"id":"b","delete":true},{"id":"l","body":` + large + `}]}`, "POST " + items + " {}",
		"POST " + items + ` {"items":[` + strings.Repeat(`{"id":"x","body":{}},`, maxBulkItems) + `{"id":"y","body":{}}]}`,
	} {
		request(n, line)
	}
	request(n, "PUT "+item+` {"y":1}`, "If-None-Match: *")
	request(n, "DELETE "+item, `If-Match: "1"`)
	request(n, "DELETE "+item, `If-Match: *`)

	writes := []string{"POST " + items + ` {"items":[{"id":"z","body":{}}]}`, "PUT " + itemPath("host", "z") + " {}", "DELETE " + itemPath("host", "0")}
	full := newNode(t, Options{})
	release := full.fill(t)
	for _, line := range append(writes, "GET /v1/components") {
		request(full, line)
	}
	release()

	leases := []string{"GET /v1/roles", "PUT " + grantPath + " " + grantBody, "POST " + grantPath + "/revoke " + revokeBody}
	granting := newNode(t, Options{Leases: newBook(nil)})
	for _, line := range append(leases, "PUT "+grantPath+" "+grantBody, "POST "+grantPath+"/revoke "+strings.Replace(revokeBody, "5", "4", 1), "PUT "+grantPath+" {}", "POST "+grantPath+"/revoke []", "PUT "+grantPath+" "+large, "POST "+grantPath+"/revoke "+large) {
		request(granting, line)
	}
	for _, err := range []error{ErrNotReady, errors.New("gone"), syscall.ENOSPC} {
		unable := newNode(t, Options{Leases: newBook(err)})
		for _, line := range leases[1:] {
			request(unable, line)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			request(unable, leases[0])
		}
	}
	for _, line := range leases {
		request(n, line)
	}

	closed := newNode(t, Options{})
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	guarded := newNode(t, Options{Token: "s3cret"})
	for _, line := range append(writes, "GET /v1/status", "GET "+items, "GET "+item, "GET /v1/fires", "GET /v1/components") {
		request(closed, line)
		request(guarded, line)
	}
	for _, line := range leases {
		request(guarded, line)
	}
	c.complete(t)
}

// fill makes a node's disk full, for as long as it is not released.
func (n *Node) fill(t *testing.T) (release func()) {
	t.Helper()
	n.do("PUT", itemPath("host", "0"), "{}")
	n.store.db.MaxSize = 1
	reader, err := n.store.db.Begin(false) // the pages that it sees cannot be used again
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		if w := n.do("PUT", itemPath("host", "filler"), fmt.Sprintf(`{"n":%d}`, i)); w.Code == 507 {
			return func() { _ = reader.Rollback() }
		}
	}
	_ = reader.Rollback()
	t.Fatal("it never gets full")
	return nil
}

// complete says which promises no test has met.
func (c *contract) complete(t *testing.T) {
	t.Helper()
	for path, methods := range c.Paths {
		for method := range methods {
			if method == "parameters" {
				continue
			}
			o, err := c.operation(path, method)
			if err != nil || o.OperationID == "" {
				t.Errorf("%s %s: %v", method, path, err)
			}
			for status := range o.Responses {
				if !c.kept[o.OperationID+" "+status] {
					t.Errorf("%s: nothing here is answered %s", o.OperationID, status)
				}
			}
		}
	}
}

// TestOpenAPIHolds asks whatever comes to mind: each answer is as documented,
// and HEAD is GET without a body.
func TestOpenAPIHolds(t *testing.T) {
	c, n := readContract(t), newNode(t, Options{Leases: newBook(nil)})
	bodies := []string{grantBody, revokeBody, "", "{}", "[]", `{"a":1}`, `{"a":1,"a":2}`, `{"items":[]}`, `{"items":[{"id":"a","body":{}}]}`, `{"items":[{"id":"a","delete":true},{"id":"é","body":[]}]}`, "{", "null"}
	paths := []string{"/v1/health", "/v1/status", "/v1/components", "/v1/fires", "/v1/fires?after=9", "/v1/roles", grantPath, grantPath + "/revoke", "/v1/kinds/host/items", "/v1/kinds/host/items?limit=1&after=a", "/v1/kinds/Host/items", "/v1/kinds/host/items/a", "/v1/kinds/host/items/%C3%A9", "/v1/kinds/host/items/..", "/v1/kinds/host/items/a%00", "/", "/v1", "/v1/kinds/host"}
	methods := []string{"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"}
	conditions := []string{"X: x", "If-Match: *", "If-None-Match: *", `If-Match: "1"`, "If-Match: nonsense"}
	rapid.Check(t, func(r *rapid.T) {
		path := rapid.SampledFrom(paths).Draw(r, "path")
		w, err := c.do(n, rapid.SampledFrom(methods).Draw(r, "method"), path, rapid.SampledFrom(bodies).Draw(r, "body"), rapid.SampledFrom(conditions).Draw(r, "condition"))
		if err != nil {
			r.Fatal(err)
		}
		if get, head := n.do("GET", path, ""), n.do("HEAD", path, ""); get.Code != head.Code || get.Header().Get("ETag") != head.Header().Get("ETag") {
			r.Fatalf("GET %d, HEAD %d after %s", get.Code, head.Code, w.Body)
		}
	})
}

// TestOpenAPIRefs follows every reference, also those that no answer needs.
func TestOpenAPIRefs(t *testing.T) {
	c := readContract(t)
	data, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var whole struct {
		Components map[string]map[string]any
	}
	if err := json.Unmarshal(data, &whole); err != nil {
		t.Fatal(err)
	}
	refs := regexp.MustCompile(`"\$ref": "#/components/(\w+)/(\w+)"`).FindAllSubmatch(data, -1)
	if len(refs) != bytes.Count(data, []byte("$ref")) {
		t.Error("some references are of another form")
	}
	for _, ref := range refs {
		room, name := string(ref[1]), string(ref[2])
		if whole.Components[room][name] == nil {
			t.Errorf("there is no %s %s", room, name)
		}
		if room != "schemas" {
			continue
		}
		if _, err := c.compiler.Compile("openapi.json#/components/schemas/" + name); err != nil {
			t.Error(err)
		}
	}
}
