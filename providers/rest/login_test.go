package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

func TestATokenInAHeaderOfItsOwn(t *testing.T) {
	for auth, want := range map[string]string{
		`{"type": "header", "header": "X-API-Key"}`:                   "canary-token",
		`{"type": "header", "header": "X-API-Key", "prefix": "key "}`: "key canary-token",
		`{"type": "header", "header": "X-API-Key", "prefix": ""}`:     "canary-token",
		`{"type": "bearer"}`: "",
	} {
		s := setup{api: `{"auth": ` + auth + `}`, credentials: Credentials{User: "u", Password: schema.NewSecret("p", nil), Token: schema.NewSecret("canary-token", nil)}}
		p := newPeer(t, s, func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("X-API-Key"); got != want || (r.Header.Get("Authorization") != "") != (want == "") {
				t.Errorf("%s: got %q, and Authorization: %q", auth, got, r.Header.Get("Authorization"))
			}
			say(400, "what is "+r.Header.Get("X-API-Key")+r.Header.Get("Authorization"))(w, r)
		})
		err := p.read(t)
		failed(t, err, schema.Rejected, "(secret)")
		leaks(t, auth, err.Error())
	}
}

// TestALoginByFormOrJSON signs in as VersaLex wants it, and as those do who take JSON.
func TestALoginByFormOrJSON(t *testing.T) {
	const password = `canary &=+%/"ä`
	for login, want := range map[string]string{
		`"form": {"grant_type": "password", "username": "{user}", "password": "{password}"}`: "application/x-www-form-urlencoded grant_type=password&password=canary+%26%3D%2B%25%2F%22%C3%A4&username=admin",
		`"json": {"user": "{user}", "secret": "{password}"}`:                                 `application/json {"secret":"canary &=+%/\"ä","user":"admin"}`,
	} {
		s := setup{credentials: Credentials{User: "admin", Password: schema.NewSecret(password, nil)}}
		s.api = `{"error": "/error", "auth": {"type": "login", "path": "/authentication", "token": "/access_token", ` + login + `}}`
		var refuse atomic.Bool
		p := newPeer(t, s, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/api/authentication" {
				if got := r.Header.Get("Authorization"); got != "Bearer t" {
					t.Errorf("%s: %q", r.URL.Path, got)
				}
				say(200, okThing)(w, r)
				return
			}
			body := bodyOf(t, r)
			if got := r.Header.Get("Content-Type") + " " + body; got != want || r.Method != http.MethodPost || r.Header.Get("Authorization") != "" {
				t.Errorf("%s %s", r.Method, got)
			}
			if refuse.Load() {
				say(401, body)(w, r)
				return
			}
			say(200, `{"access_token": "t"}`)(w, r)
		})
		if err := p.read(t); err != nil {
			t.Error(err)
		}
		refuse.Store(true)
		err := connect(t, p.definition, p.server.URL, s).Write(t.Context(), plan.Change{Key: schema.Key{Kind: "thing", ID: "a"}, Action: plan.Delete}, nil)
		failed(t, err, schema.Unauthorised, "sign in", "(secret)")
		leaks(t, login, err.Error())
	}
}

func TestWhereTheTokenGoes(t *testing.T) {
	s := signedIn()
	s.api = `{"auth": {"type": "login", "path": "/token", "token": "/access/token", "header": "X-Session", "prefix": "id="}}`
	p := newPeer(t, s, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/token" {
			say(200, `{"access": {"token": "t"}}`)(w, r)
			return
		}
		if got := r.Header.Get("X-Session"); got != "id=t" || r.Header.Get("Authorization") != "" {
			t.Errorf("X-Session: %q, Authorization: %q", got, r.Header.Get("Authorization"))
		}
		say(200, okThing)(w, r)
	})
	if err := p.read(t); err != nil {
		t.Error(err)
	}
}

// TestATokenIsNotUsedLongerThanItLives: the next login comes before the peer has to refuse anything.
func TestATokenIsNotUsedLongerThanItLives(t *testing.T) {
	now := time.Date(2025, 11, 1, 10, 0, 0, 0, time.UTC)
	s := signedIn()
	s.api = `{"auth": {"type": "login", "path": "/token", "token": "/access/token", "lifetime": "20m"}}`
	s.options.Clock = func() time.Time { return now }
	p := newPeer(t, s, new(office).ServeHTTP)
	for _, step := range []struct {
		after  time.Duration
		logins int
	}{{0, 1}, {19 * time.Minute, 1}, {time.Minute, 2}, {19 * time.Minute, 2}, {time.Hour, 3}} {
		now = now.Add(step.after)
		if err := p.read(t); err != nil {
			t.Error(err)
		}
		if got := p.count("GET /api/token"); got != step.logins {
			t.Errorf("%s: %d logins, want %d", now.Format(time.TimeOnly), got, step.logins)
		}
	}
	if got := p.count("GET /api/things"); got != 5 {
		t.Errorf("%d reads of which none was refused, want 5", got)
	}
}

// TestOtherStatusesThatMeanOver: a server may say 403 or 440 where others say 401.
func TestOtherStatusesThatMeanOver(t *testing.T) {
	for status, logins := range map[int]int{440: 2, 403: 2, 401: 1} {
		s := signedIn()
		s.api = `{"auth": {"type": "login", "path": "/token", "token": "/access/token", "expired": [440, 403]}}`
		var once atomic.Bool
		o := new(office)
		p := newPeer(t, s, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/api/token" && once.CompareAndSwap(false, true) {
				say(status, "session over")(w, r)
				return
			}
			o.ServeHTTP(w, r)
		})
		if err := p.read(t); (err == nil) != (logins == 2) {
			t.Errorf("%d: %v", status, err)
		}
		if got := p.count("GET /api/token"); got != logins {
			t.Errorf("%d: %d logins, want %d", status, got, logins)
		}
	}
}

// TestATokenThatDiesInAWrite: a POST that was refused for its token was not looked at, and goes again.
func TestATokenThatDiesInAWrite(t *testing.T) {
	o := new(office)
	p := newPeer(t, signedIn(), o.ServeHTTP)
	if err := p.read(t); err != nil {
		t.Fatal(err)
	}
	o.mu.Lock()
	o.given = 100 // the server was restarted: it knows none of its tokens
	o.mu.Unlock()
	if err := p.write(t, plan.Create, "thing", schema.Body{}); err != nil {
		t.Error(err)
	}
	if logins, posts := p.count("GET /api/token"), p.count("POST"); logins != 2 || posts != 2 {
		t.Errorf("%d logins, %d posts", logins, posts)
	}
}

func TestDefinitionsThatCannotSignIn(t *testing.T) {
	for auth, want := range map[string]string{
		`{}`:                               `api.auth: type: ""`,
		`{"type": "digest"}`:               `api.auth: type: "digest" is none of basic, bearer, header and login`,
		`{"type": "header"}`:               "say which header",
		`{"type": "login", "token": "/t"}`: "say where to sign in",
		`{"type": "login", "path": "/t"}`:  "say where the token is",
		`{"type": "login", "path": "/t", "token": "/t", "form": {}, "json": {}}`:        "not both",
		`{"type": "login", "path": "/t", "token": "/t", "form": {"a": "{pass}"}}`:       `a: "{pass}" stands for nothing`,
		`{"type": "login", "path": "/t", "token": "/t", "json": {"a": "Basic {user}"}}`: `a: "Basic {user}" stands for nothing`,
		`{"type": "login", "path": "/t", "token": "/t", "lifetime": "soon"}`:            "no duration",
		`{"type": "login", "path": "/t", "token": "/t", "lifetime": "-1s"}`:             "no duration",
	} {
		_, err := Parse(schema.Provider{Name: "product", API: json.RawMessage(`{"auth": ` + auth + `}`)})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "provider product: ") {
			t.Errorf("%s: got %v, want %q", auth, err, want)
		}
	}
}

func TestForms(t *testing.T) {
	got, err := form(map[string]any{"b": "x y", "a": []any{int64(1), true}, "n": nil, "f": 1.5})
	if err != nil || string(got) != "a=1&a=true&b=x+y&f=1.5" {
		t.Errorf("got %s, %v", got, err)
	}
	_, deep := form(map[string]any{"a": map[string]any{}})
	_, deeper := form(map[string]any{"a": []any{[]any{}}})
	_, bare := form("a")
	if slices.Contains([]bool{deep == nil, deeper == nil, bare == nil}, true) {
		t.Error(errors.Join(deep, deeper, bare))
	}
}
