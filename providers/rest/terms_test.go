package rest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// terms of a kind "list", as JSON beside its path.
func withTerms(t *testing.T, terms string) *Definition {
	t.Helper()
	call := func(method string) string { return `{"method": "` + method + `", "path": "/x/{id}", ` + terms + `}` }
	d, err := Parse(schema.Provider{Name: "product", Path: "/api", API: json.RawMessage(`{"headers": {"X-Always": "yes", "X-Both": "api"}}`), Kinds: map[string]schema.Kind{
		"x": {API: json.RawMessage(`{"key": "/name", "list": {"path": "/x"}, "read": ` + call("GET") + `, "create": ` + call("POST") + `, "update": ` + call("PUT") + `, "delete": ` + call("DELETE") + `}`)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// each makes every call of the kind x once, and returns their errors by method.
func each(t *testing.T, d *Definition, handler http.HandlerFunc) map[string]error {
	t.Helper()
	p := newPeer(t, setup{}, handler)
	client := connect(t, d, p.server.URL, setup{})
	key := schema.Key{Kind: "x", ID: "a"}
	errs := map[string]error{}
	_, errs[http.MethodGet] = client.Read(t.Context(), key)
	for method, action := range map[string]plan.Action{"POST": plan.Create, "PUT": plan.Update, "DELETE": plan.Delete} {
		errs[method] = client.Write(t.Context(), plan.Change{Key: key, Action: action, Body: schema.Body{"n": int64(1)}}, schema.Body{})
	}
	return errs
}

func TestHeadersAndFormsOfACall(t *testing.T) {
	d := withTerms(t, `"form": true, "headers": {"X-Both": "call", "Accept": "text/plain"}`)
	errs := each(t, d, func(w http.ResponseWriter, r *http.Request) {
		if h := r.Header; h.Get("X-Always") != "yes" || h.Get("X-Both") != "call" || h.Get("Accept") != "text/plain" {
			t.Errorf("%s: %v", r.Method, h)
		}
		body := bodyOf(t, r)
		if form := body == "n=1&name=a" && r.Header.Get("Content-Type") == "application/x-www-form-urlencoded"; form != (r.Method == "POST" || r.Method == "PUT") {
			t.Errorf("%s: %s", r.Method, body)
		}
		say(200, okThing)(w, r)
	})
	for method, err := range errs {
		if err != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// TestStatusesAreConfiguration: what is good, and what means gone, is what the definition says.
func TestStatusesAreConfiguration(t *testing.T) {
	for name, test := range map[string]struct {
		terms  string
		status int
		want   map[string]schema.Cause // by method; "": no error
	}{
		"404 by default":       {`"gone": []`, 404, map[string]schema.Cause{"GET": "", "DELETE": "", "POST": schema.Rejected, "PUT": schema.Rejected}},
		"410 by default":       {`"gone": []`, 410, map[string]schema.Cause{"GET": schema.Rejected, "DELETE": schema.Rejected}},
		"410":                  {`"gone": [404, 410]`, 410, map[string]schema.Cause{"GET": "", "DELETE": "", "POST": schema.Rejected}},
		"404 means no":         {`"gone": [410]`, 404, map[string]schema.Cause{"GET": schema.Rejected, "DELETE": schema.Rejected}},
		"202 by default":       {`"ok": []`, 202, map[string]schema.Cause{"POST": "", "PUT": "", "DELETE": ""}},
		"202 is not good":      {`"ok": [200, 201, 204]`, 202, map[string]schema.Cause{"POST": schema.Garbled, "PUT": schema.Garbled}},
		"409 is good":          {`"ok": [201, 409]`, 409, map[string]schema.Cause{"POST": "", "PUT": ""}},
		"201 is good":          {`"ok": [201, 409]`, 201, map[string]schema.Cause{"POST": "", "PUT": ""}},
		"303 is good":          {`"ok": [303]`, 303, map[string]schema.Cause{"POST": "", "DELETE": ""}},
		"303 without location": {`"ok": []`, 303, map[string]schema.Cause{"POST": schema.Garbled}},
	} {
		t.Run(name, func(t *testing.T) {
			errs := each(t, withTerms(t, test.terms), say(test.status, okThing))
			for method, want := range test.want {
				if got := schema.CauseOf(errs[method]); got != want {
					t.Errorf("%s: %v, want %q", method, errs[method], want)
				}
			}
		})
	}
}

// TestAnAnswerOf200ThatRefuses is Tomcat's manager: OK or FAIL, in words.
func TestAnAnswerOf200ThatRefuses(t *testing.T) {
	d := withTerms(t, `"fail": "^FAIL"`)
	for method, err := range each(t, d, say(200, "FAIL - Application already exists at path /x")) {
		failed(t, err, schema.Rejected, "200 OK: FAIL - Application already exists at path /x")
		if method != http.MethodGet && !strings.Contains(err.Error(), "x/a") {
			t.Errorf("%s: %v does not name the item", method, err)
		}
	}
	for method, err := range each(t, d, say(200, "OK - Deployed application at context path /x")) {
		if method == http.MethodGet { // this one was to be data
			failed(t, err, schema.Garbled, "not JSON")
		} else if err != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
	for method, err := range each(t, withTerms(t, `"ok": []`), say(200, "OK - Deployed")) {
		if schema.CauseOf(err) != schema.Garbled {
			t.Errorf("%s: %v: text is no answer where the definition does not say so", method, err)
		}
	}
}

func TestTermsThatCannotBe(t *testing.T) {
	for terms, want := range map[string]string{
		`"fail": "("`: "kinds.x.api: create: fail: error parsing regexp",
		`"headers": {"authorization": "Basic x"}`: "kinds.x.api: create: headers: authorization is not for a definition to give",
		`"headers": {"Cookie": "a=b"}`:            "headers: Cookie is not",
	} {
		_, err := Parse(schema.Provider{Name: "product", API: json.RawMessage(`{}`), Kinds: map[string]schema.Kind{
			"x": {API: json.RawMessage(`{"create": {` + terms + `}}`)},
		}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", terms, err, want)
		}
	}
}

// TestContentTypesAreNotBelieved: what counts is whether the answer is JSON, whatever it calls itself.
func TestContentTypesAreNotBelieved(t *testing.T) {
	typed := func(kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			say(200, body)(w, r)
		}
	}
	for kind, body := range map[string]string{"text/plain": okThing, "text/html": okThing, "": okThing} {
		if err := newPeer(t, setup{}, typed(kind, body)).read(t); err != nil {
			t.Errorf("JSON as %q: %v", kind, err)
		}
	}
	failed(t, newPeer(t, setup{}, typed("application/json", "<html>Welcome")).read(t), schema.Garbled, "not JSON", "<html>Welcome")
}
