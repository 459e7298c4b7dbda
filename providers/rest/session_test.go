package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

const loginAPI = `{"inFlight": 20, "auth": {"type": "login", "path": "/token", "token": "/access/token"}}`

func signedIn() setup {
	return setup{api: loginAPI, credentials: Credentials{User: "admin", Password: schema.NewSecret("pa:ss", nil)}}
}

// office gives out tokens t1, t2, ... and takes only the last one.
type office struct {
	mu    sync.Mutex
	given int
	meet  *sync.WaitGroup // nil, or those who wait for each other before they are refused
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/api/token" {
		o.give(w, r)
		return
	}
	o.mu.Lock()
	token := fmt.Sprintf("Bearer t%d", o.given)
	o.mu.Unlock()
	switch {
	case r.Header.Get("Authorization") == token && o.meet == nil:
		say(200, okThing)(w, r)
	case r.Header.Get("Authorization") == "Bearer t1" && o.meet != nil:
		o.meet.Done()
		o.meet.Wait()
		say(401, "expired")(w, r)
	case r.Header.Get("Authorization") == token:
		say(200, okThing)(w, r)
	default:
		say(401, "who are you?")(w, r)
	}
}

func (o *office) give(w http.ResponseWriter, r *http.Request) {
	if user, password, _ := r.BasicAuth(); user != "admin" || password != "pa:ss" {
		say(401, "wrong password")(w, r)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.given++
	say(200, fmt.Sprintf(`{"access": {"token": "t%d"}}`, o.given))(w, r)
}

// together makes n reads at once.
func together(t *testing.T, p *peer, n int) []error {
	t.Helper()
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { errs[i] = p.read(t) })
	}
	group.Wait()
	return errs
}

func TestOneLoginServesAll(t *testing.T) {
	p := newPeer(t, signedIn(), new(office).ServeHTTP)
	if err := errors.Join(together(t, p, 20)...); err != nil {
		t.Error(err)
	}
	if got := p.count("GET /api/token"); got != 1 {
		t.Errorf("%d logins", got)
	}
}

// TestOneNewLoginAfterExpiry: twenty requests are refused at the same time.
func TestOneNewLoginAfterExpiry(t *testing.T) {
	o := &office{meet: new(sync.WaitGroup)}
	o.meet.Add(20)
	p := newPeer(t, signedIn(), o.ServeHTTP)
	if err := errors.Join(together(t, p, 20)...); err != nil {
		t.Error(err)
	}
	if logins, reads := p.count("GET /api/token"), p.count("GET /api/things"); logins != 2 || reads != 40 {
		t.Errorf("%d logins, %d reads, want 2 and 40", logins, reads)
	}
}

func TestASecond401IsAFailure(t *testing.T) {
	p := newPeer(t, signedIn(), func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/token" {
			say(200, `{"access": {"token": "t"}}`)(w, r)
			return
		}
		say(401, "never")(w, r)
	})
	failed(t, p.read(t), schema.Unauthorised, "read thing/a", "401 Unauthorized: never")
	if logins, reads := p.count("GET /api/token"), p.count("GET /api/things"); logins != 2 || reads != 2 {
		t.Errorf("%d logins, %d reads, want 2 and 2", logins, reads)
	}
}

// TestARefusedLoginIsNotTriedAgain: servers lock accounts, and ban addresses, after some of them.
func TestARefusedLoginIsNotTriedAgain(t *testing.T) {
	s := signedIn()
	s.credentials.Password = schema.NewSecret("other", nil)
	p := newPeer(t, s, new(office).ServeHTTP)
	for _, err := range together(t, p, 20) {
		failed(t, err, schema.Unauthorised, "sign in", "wrong password")
	}
	if got := p.count(""); got != 1 {
		t.Errorf("asked %d times", got)
	}
}

func TestABusyLoginIsTriedAgain(t *testing.T) {
	o, busy := new(office), say(503, "starting")
	p := newPeer(t, signedIn(), inTurn(busy, busy, busy, busy, o.ServeHTTP))
	failed(t, p.read(t), schema.Busy, "sign in")
	if err := p.read(t); err != nil {
		t.Error(err)
	}
}

func TestLoginWithoutAToken(t *testing.T) {
	for _, answer := range []string{`{}`, `{"access": "t"}`, `{"access": {"token": ""}}`, `{"access": {"token": 1}}`, `[]`} {
		p := newPeer(t, signedIn(), say(200, answer))
		failed(t, p.read(t), schema.Garbled, "sign in", "no token at /access/token")
	}
}

func TestLoginWithoutAUser(t *testing.T) {
	p := newPeer(t, setup{api: loginAPI}, hang)
	failed(t, p.read(t), schema.Unauthorised, "give it a user and a password")
	if got := p.count(""); got != 0 {
		t.Errorf("asked %d times", got)
	}
}

// TestWaitingForALoginRespectsTheContext: the login of another request may last.
func TestWaitingForALoginRespectsTheContext(t *testing.T) {
	asked := make(chan struct{})
	p := newPeer(t, signedIn(), func(w http.ResponseWriter, r *http.Request) { close(asked); hang(w, r) })
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() { _, _ = p.Read(ctx, schema.Key{Kind: "thing", ID: "a"}) })
	<-asked
	short, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	_, err := p.Read(short, schema.Key{Kind: "thing", ID: "a"})
	failed(t, err, schema.Unreachable, "sign in", "deadline exceeded")
	cancel()
	group.Wait()
}

func TestAuthorizationHeader(t *testing.T) {
	secret := schema.NewSecret("s:ä", nil)
	for _, test := range []struct {
		auth        string
		credentials Credentials
		want        []string
	}{
		{`{}`, Credentials{User: "u", Password: secret, Token: secret}, nil},
		{`{"auth": {"type": "bearer"}}`, Credentials{Token: secret}, []string{"Bearer s:ä"}},
		{`{"auth": {"type": "bearer"}}`, Credentials{User: "u", Password: secret}, nil},
		{`{"auth": {"type": "basic"}}`, Credentials{User: "u", Password: secret}, []string{"Basic dTpzOsOk"}},
	} {
		p := newPeer(t, setup{api: test.auth, credentials: test.credentials}, func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header["Authorization"]; fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("%s: got %q, want %q", test.auth, got, test.want)
			}
			say(401, "")(w, r)
		})
		failed(t, p.read(t), schema.Unauthorised)
		if got := p.count(""); got != 1 {
			t.Errorf("%s: asked %d times, want 1: there is nothing to sign in with again", test.auth, got)
		}
	}
}
