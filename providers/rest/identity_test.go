package rest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

const identified = `{"identity": {"path": "/status", "instance": "/node/id", "version": "/version"}}`

func TestIdentity(t *testing.T) {
	p := newPeer(t, setup{api: identified}, say(200, `{"node": {"id": "i1"}, "version": "2.6"}`))
	o, err := p.Observe(t.Context(), nil)
	if err != nil || o.Instance != "i1" || o.Version != "2.6" {
		t.Errorf("got %+v, %v", o, err)
	}
}

func TestAnUnknownVersionIsNoError(t *testing.T) {
	p := newPeer(t, setup{api: identified}, say(200, `{"node": {"id": "i1"}, "version": ""}`))
	if o, err := p.Observe(t.Context(), nil); err != nil || o.Instance != "i1" || o.Version != "" {
		t.Errorf("got %+v, %v", o, err)
	}
}

func TestIdentityIsMissing(t *testing.T) {
	for body, want := range map[string]string{
		`{}`:                               "no text at /",
		`{"node": "i1"}`:                   "no text at /",
		`{"node":{"id":""},"version":"2"}`: "no text at /node/id",
		`{"node": {"id": 7}}`:              "no text at /",
		`{"node": {"id": "i1"}}`:           "no text at /version: is this a product?",
		`["i1"]`:                           "no text at /",
		`<html>It works</html>`:            "not JSON",
		`{"node": {"id": "i1"}, "ver`:      "not JSON",
	} {
		p := newPeer(t, setup{api: identified}, say(200, body))
		_, err := p.Observe(t.Context(), []string{"thing"})
		failed(t, err, schema.Garbled, "ask who it is", want)
		if got := p.count("GET /api/things"); got != 0 {
			t.Errorf("%s: listed all the same", body)
		}
	}
}

func TestIdentityIsElsewhere(t *testing.T) {
	p := newPeer(t, setup{api: identified}, say(404, ""))
	_, err := p.Observe(t.Context(), []string{"thing"})
	failed(t, err, schema.Garbled, "404 Not Found for "+p.server.URL+"/api/status: is this the admin API of a product?")
}

// TestOneKindDoesNotSpoilTheOthers: a kind that cannot be listed has its error, and the rest is read.
func TestOneKindDoesNotSpoilTheOthers(t *testing.T) {
	p := newPeer(t, setup{}, say(200, `[{"name": "a", "x": 1}]`))
	o, err := p.Observe(t.Context(), []string{"thing", "box", "unknown"})
	if err != nil {
		t.Fatal(err)
	}
	if items := o.Kinds["thing"].Items; len(items) != 1 || items["a"]["x"] != int64(1) {
		t.Errorf("got %v", items)
	}
	failed(t, o.Kinds["box"].Err, schema.Garbled, "list box")
	failed(t, o.Kinds["unknown"].Err, schema.Rejected, `a product has no kind "unknown"`)
}

// TestAVersionThatNobodyTried is a warning, or a refusal where the definition says so.
func TestAVersionThatNobodyTried(t *testing.T) {
	for _, test := range []struct {
		version, untried, says string // says: "" for nothing
		cause                  schema.Cause
	}{
		{"2.6.4", "warn", "", ""},
		{"2.6.10-beta", "refuse", "", ""},
		{"3.0", "refuse", "", ""},
		{"", "refuse", "", ""},
		{"2.7.0", "warn", "it runs version 2.7.0, and the definition of product was tried with 2.6.*, 3.0 only: look at the plan with care", ""},
		{"2.7.0", "", "2.7.0", ""},
		{"12.6.4", "warn", "12.6.4", ""},
		{"3.0.1", "refuse", "", schema.Rejected},
	} {
		api := `{"identity": {"path": "/status", "version": "/v", "versions": ["2.6.*", "3.0"], "untried": "` + test.untried + `"}}`
		p := newPeer(t, setup{api: api}, inTurn(say(200, `{"v": "`+test.version+`"}`), say(200, `[]`)))
		o, err := p.Observe(t.Context(), []string{"thing"})
		if test.cause != "" {
			failed(t, err, test.cause, "ask who it is", "3.0.1", "use a definition that knows it")
			if got := p.count("GET /api/things"); got != 0 {
				t.Error("listed all the same")
			}
			continue
		}
		if got := strings.Join(o.Warnings, "; "); err != nil || (test.says == "") != (got == "") || !strings.Contains(got, test.says) {
			t.Errorf("%s: warned %q, %v; want %q", test.version, got, err, test.says)
		}
	}
}

func TestVersionsThatCannotBe(t *testing.T) {
	for identity, want := range map[string]string{
		`"versions": ["2.*"]`:                         "api.identity: versions: say where the version is",
		`"versions": ["2.[*"], "version": "/version"`: `api.identity: versions: "2.[*"`,
	} {
		_, err := Parse(schema.Provider{Name: "product", API: json.RawMessage(`{"identity": {` + identity + `}}`)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", identity, err, want)
		}
	}
}
