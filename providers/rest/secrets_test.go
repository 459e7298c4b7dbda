package rest

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// canary is a secret that every way of quoting changes; each of its words would give it away.
const canary = "canary1 \"ä/\\ <canary2>\t&% +😀|&amp;%25\\\\\n canary3"

func leaks(t *testing.T, where, text string) {
	t.Helper()
	if strings.Contains(strings.ToLower(text), "canary") {
		t.Errorf("%s: %s", where, text)
	}
}

func asJSON(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted)
}

func TestSecretsAreRevealedOnTheWireOnly(t *testing.T) {
	secret := schema.NewSecret(canary, nil)
	body := schema.Body{"password": secret, "deep": map[string]any{"keys": []any{secret, schema.Body{"k": secret}}}}
	var sent string
	p := newPeer(t, setup{}, func(w http.ResponseWriter, r *http.Request) {
		sent = bodyOf(t, r)
		say(400, `{"error": `+asJSON("no good: "+sent)+"}")(w, r)
	})
	err := p.write(t, plan.Create, "thing", body)
	failed(t, err, schema.Rejected, "no good", "(secret)")
	leaks(t, "error", fmt.Sprintf("%v %+v %#v", err, err, err))
	value, err := schema.DecodeValue([]byte(sent))
	revealed := map[string]any{"name": "a", "password": canary, "deep": map[string]any{"keys": []any{canary, map[string]any{"k": canary}}}}
	if err != nil || !cmp.Equal(value, any(revealed)) {
		t.Errorf("sent %s, %v", sent, err)
	}
	if body["password"] != secret {
		t.Error("the body itself was changed")
	}
}

func TestEchoedSecretsAreConcealed(t *testing.T) {
	for name, echo := range map[string]string{
		"plain":              canary,
		"in JSON":            asJSON(canary),
		"in a text in JSON":  `{"message": ` + asJSON("bad value "+strconv.Quote(canary)) + "}",
		"JSON in JSON":       `{"message": ` + asJSON(asJSON(canary)) + "}",
		"ASCII in JSON":      strconv.QuoteToASCII(canary),
		"pairs in JSON":      strings.NewReplacer("ä", `\u00E4`, "😀", `\uD83D\uDE00`).Replace(asJSON(canary)),
		"slashes escaped":    strings.ReplaceAll(asJSON(canary), "/", `\/`),
		"in a query":         url.QueryEscape(canary),
		"in a path":          url.PathEscape(canary),
		"in HTML":            html.EscapeString(canary),
		"HTML in JSON":       asJSON(html.EscapeString(canary)),
		"in a URL, twice":    url.QueryEscape(url.PathEscape(canary)),
		"in capitals":        strings.ToUpper(canary),
		"in the error":       `{"error": ` + asJSON("user has password "+canary) + "}",
		"cut off by us":      strings.Repeat("x ", 95) + canary,
		"two after another":  canary + canary,
		"the longer of two":  canary + "-canary",
		"credentials":        "password canary-password, token canary-token",
		"header":             "Authorization: Bearer canary-token",
		"in an answer of OK": "",
	} {
		status := 400
		if echo == "" {
			status, echo = 200, "<html>"+canary
		}
		p := newPeer(t, setup{
			api:         `{"error": "/error", "auth": {"type": "bearer"}}`,
			credentials: Credentials{User: "u", Password: schema.NewSecret("canary-password", nil), Token: schema.NewSecret("canary-token", nil)},
		}, say(status, echo))
		body := schema.Body{"a": schema.NewSecret(canary, nil), "b": schema.NewSecret(canary+"-canary", nil), "c": schema.NewSecret("", nil)}
		err := p.write(t, plan.Create, "thing", body)
		if err == nil {
			t.Fatal("no error")
		}
		leaks(t, name, err.Error())
	}
}

func TestEchoedCredentialsOfALoginAreConcealed(t *testing.T) {
	s := signedIn()
	s.credentials.Password = schema.NewSecret("canary", nil)
	p := newPeer(t, s, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/token" {
			say(200, `{"access": {"token": "canary-token"}}`)(w, r)
			return
		}
		say(400, "you are "+r.Header.Get("Authorization"))(w, r)
	})
	err := p.read(t)
	failed(t, err, schema.Rejected, "you are Bearer (secret)")
	refusing := newPeer(t, s, func(w http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		say(401, r.Header.Get("Authorization")+" is wrong: "+password)(w, r)
	})
	err = refusing.read(t)
	failed(t, err, schema.Unauthorised, "Basic (secret) is wrong: (secret)")
}

func TestNoSecretInAnyFormatOfAClient(t *testing.T) {
	p := newPeer(t, signedIn(), func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/token" {
			say(200, `{"access": {"token": "canary"}}`)(w, r)
			return
		}
		say(200, okThing)(w, r)
	})
	p.session.credentials = Credentials{User: "admin", Password: schema.NewSecret("canary", nil), Token: schema.NewSecret("canary", nil)}
	if err := p.read(t); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{p.Client, p.definition, *p.definition, p.session.credentials, &p.session, Options{}} {
			leaks(t, format, fmt.Sprintf(format, value))
			leaks(t, format, fmt.Sprintf(format, []any{value}))
		}
	}
	data, err := json.Marshal([]any{p.Client, p.definition, p.session.credentials})
	leaks(t, "JSON", string(data)+fmt.Sprint(err))
}

func TestLongSecretsAreConcealed(t *testing.T) {
	key := strings.Repeat("canary/+=\n", 400)
	p := newPeer(t, setup{}, func(w http.ResponseWriter, r *http.Request) { say(400, bodyOf(t, r))(w, r) })
	err := p.write(t, plan.Create, "thing", schema.Body{"key": schema.NewSecret(key, nil)})
	failed(t, err, schema.Rejected, `{"key":"(secret)","name":"a"}`)
}

// TestEverySpellingIsFound: whatever the secret, its whole spelling is taken for it.
func TestEverySpellingIsFound(t *testing.T) {
	inner := func(quote func(string) string) func(string) string {
		return func(text string) string { return quote(text)[1 : len(quote(text))-1] }
	}
	once := map[string]func(string) string{
		"plain": strings.Clone, "query": url.QueryEscape, "path": url.PathEscape, "HTML": html.EscapeString,
		"JSON": inner(asJSON), "quoted": inner(strconv.Quote), "ASCII": inner(strconv.QuoteToASCII),
	}
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.String().Draw(t, "secret")
		for name, spelt := range once {
			for _, text := range []string{spelt(secret), inner(asJSON)(spelt(secret))} {
				if got := spell(secret).length(text); got != len(text) {
					t.Fatalf("%s: %d of %q", name, got, text)
				}
			}
		}
	})
}
